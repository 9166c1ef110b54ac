// When something is done: when a function returns, or when the promise that it returns settles.
//
// Deliberately absent: other thenables; whoever returns one is done when it returns.

/** Runs a function and says when it is done, and what it threw; what it gives or throws is passed on. */
export function settled<T>(body: () => T, done: (failure?: { readonly thrown: unknown }) => void): T {
  let result;
  try {
    result = body();
  } catch (thrown) {
    done({ thrown });
    throw thrown;
  }
  if (!(result instanceof Promise)) {
    done();
    return result;
  }
  const watched = result.then(
    (value: unknown) => {
      done();
      return value;
    },
    (thrown: unknown) => {
      done({ thrown });
      throw thrown;
    },
  );
  return watched as T;
}
