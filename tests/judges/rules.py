"""Prometheus as a second opinion on objectives: promtool reads the rules that are made of them, and finds on
its own, from counters, what the ledger says: burn rates, budgets, and in which minutes alerts fired.

Usage: rules.py PROGRAM TOOLS FOLDER SNAPSHOT..., where TOOLS is a folder with promtool, and FOLDER is one to
write to. The program `slos`, which stands beside PROGRAM, says what is to be found; of each snapshot PROGRAM's
rules are read, too. It ends with the lines "# pass N" and "# fail N".

Counters have a sample a minute, on the minute, which says what happened before it (of long windows one in some
minutes, since promtool reads no more of a series); and Prometheus is asked on the minute. Then its ranges, which hold both their ends (before version 3), begin and end with a sample, and
`increase` is exact. An alert that the ledger says fired in a minute must fire at that minute's end. Numbers
may differ by a few roundings, since Prometheus rounds after each step and the ledger once.
Deliberately absent: any reckoning of burn rates here.
"""

import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOLERANCE = 4e-15  # of a number, or of 1 where it is less
EVENTS = "codomyrmex_telemetry_slo_events_total"


class Wrong(Exception):
    """A verdict, as a sentence."""


def length(minutes):
    """As rules are named: years and weeks only where nothing is left over."""
    text = ""
    for letter, unit, whole in (("y", 525600, True), ("w", 10080, True), ("d", 1440, False), ("h", 60, False), ("m", 1, False)):
        if minutes >= unit and not (whole and minutes % unit):
            text += f"{minutes // unit}{letter}"
            minutes %= unit
    return text


def values(growth):
    """Samples of a counter that begins at 0, in promtool's words: each run is `first + step x (so many more)`."""
    words, value = ["0"], 0
    for step, count in growth:
        words.append(f"{value + step}+{step}x{count - 1}")
        value += step * count
    return " ".join(words)


def expect(expression, time, value):
    """That something has a value at a time, in minutes, or none."""
    if value is None:
        return {"expr": f"count({expression})", "eval_time": f"{time}m", "exp_samples": []}
    near = f"abs(sum({expression}) - ({value!r})) <= bool {TOLERANCE * max(1.0, abs(value))!r}"
    return {"expr": near, "eval_time": f"{time}m", "exp_samples": [{"labels": "{}", "value": 1}]}


def numbers(case, name):
    """What must be found of burn rates and the budget."""
    for answer in case["answers"]:
        time, current = answer["time"], answer["current"]
        for burn in answer["burn_rates"]:
            errors = name("slo:sli_error:ratio_rate" + length(burn["minutes"]))
            yield expect(f"{errors} / on () {name('slo:error_budget:ratio')}", time, burn["rate"])
        shortest = min(answer["burn_rates"], key=lambda burn: burn["minutes"])
        yield expect(name("slo:current_burn_rate:ratio"), time, shortest["rate"])
        remaining = answer["remaining"]
        yield expect(name("slo:period_error_budget_remaining:ratio"), time, remaining)
        yield expect(name("slo:period_burn_rate:ratio"), time, None if remaining is None else 1.0 - remaining)
        errors = None if current is None else 1.0 - current
        yield expect(name("slo:sli_error:ratio_rate" + length(case["window"])), time, errors)


def firings(case, name):
    """In which minutes alerts must have fired: on both sides of each end, and how many in all."""
    step, end = case["step"], case["minutes"] // case["step"] * case["step"]
    for alert in case["alerts"]:
        words = f'alertname={json.dumps(alert["name"])}, alertstate="firing", sloth_severity="{alert["severity"]}"'
        series, firing = name("ALERTS", words), set()
        for opened, closed in alert["spells"]:
            closed = case["minutes"] if closed is None else closed
            times = [time for time in range(opened + 1, closed + 1) if time % step == 0]
            firing.update(times)
            for time in (times[0] - step, times[0], times[-1], times[-1] + step) if times else ():
                if time <= end and (step == 1 or time > 0):
                    yield expect(series, time, 1.0 if opened < time <= closed or fires(alert, time) else None)
        yield expect(f"count_over_time({series}[{end}m])", end, float(len(firing)) if firing else None)


def fires(alert, time):
    return any(opened < time and (closed is None or time <= closed) for opened, closed in alert["spells"])


def groups(rules):
    """The names of the groups, in their order. What is beyond 16 bits JSON spells otherwise."""
    found = re.findall(r'^  - name: (".*")$', rules, re.MULTILINE)
    return [json.loads(re.sub(r"\\U([0-9a-f]{8})", lambda code: chr(int(code[1], 16)), text)) for text in found]


def check(tools, rules):
    done = subprocess.run([f"{tools}/promtool", "check", "rules", rules], capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode != 0 or not re.fullmatch(rf"Checking {re.escape(rules)}\n  SUCCESS: \d+ rules found\n\n", said):
        raise Wrong(f"promtool ended with {done.returncode} and said:\n{said}")
    return re.search(r"\d+ rules", said)[0]


def exported(case):
    """The ledger's own counters must end where the page that is scraped has them."""
    page = dict(line.rsplit(" ", 1) for line in case["page"].splitlines() if line.startswith(EVENTS))
    own = {one["name"]: str(sum(step * count for step, count in one["growth"])) for one in case["series"] if one["name"].startswith(EVENTS)}
    wrong = [name for name, total in own.items() if page.get(name) != total]
    if wrong or len(page) < 2:
        raise Wrong(f"the page says {page}, and should say {own}")


def judge(tools, path):
    with open(path, encoding="utf-8") as file:
        case = json.load(file)
    exported(case)
    if case["left_out"]:
        raise Wrong(f"the rules leave out {case['left_out']}")
    identity = json.dumps(case["id"], ensure_ascii=False)

    def name(metric, words=""):
        return f"{metric}{{{', '.join(filter(None, [words, f'sloth_id={identity}']))}}}"

    tests = [*numbers(case, name), *firings(case, name)]
    with tempfile.TemporaryDirectory() as folder:
        rules, test = f"{folder}/rules.yml", f"{folder}/test.yml"
        with open(rules, "w", encoding="utf-8") as file:
            file.write(case["rules"])
        verdict = check(tools, rules)
        with open(test, "w", encoding="utf-8") as file:
            # JSON is YAML.
            series = [{"series": one["name"], "values": values(one["growth"])} for one in case["series"]]
            whole = {"rule_files": [rules], "evaluation_interval": f"{case['step']}m", "group_eval_order": groups(case["rules"])}
            whole["tests"] = [{"interval": f"{case['sample']}m", "input_series": series, "promql_expr_test": tests}]
            json.dump(whole, file, ensure_ascii=False)
        done = subprocess.run([f"{tools}/promtool", "test", "rules", test], capture_output=True, text=True)
        if done.returncode != 0:
            said = done.stdout + done.stderr
            raise Wrong(f"{said.count('expr:')} of {len(tests)} answers are wrong:\n{said[:2000]}")
    spells = sum(len(alert["spells"]) for alert in case["alerts"])
    return f"{verdict}; {len(tests)} answers as they should be, {spells} spells of {len(case['alerts'])} alerts"


def of_snapshot(program, tools, snapshot):
    page = subprocess.run([program, "telemetry", "slo", "rules", snapshot], capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/rules.yml", "wb") as file:
            file.write(page)
        return check(tools, f"{folder}/rules.yml")


def main():
    program, tools, folder, *snapshots = sys.argv[1:]
    version = subprocess.run([f"{tools}/promtool", "--version"], capture_output=True, text=True, check=True)
    print((version.stdout + version.stderr).splitlines()[0])
    written = os.path.join(folder, "slos")
    shutil.rmtree(written, ignore_errors=True)
    os.makedirs(written)
    subprocess.run([os.path.join(os.path.dirname(program), "slos"), written], check=True)
    cases = sorted(glob.glob(f"{written}/*.json"))
    checks = [(os.path.basename(path), lambda path=path: judge(tools, path)) for path in cases]
    checks += [(os.path.basename(path), lambda path=path: of_snapshot(program, tools, path)) for path in snapshots]
    passed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:  # promtool is what takes long, on one core each
        for title, done in [(title, pool.submit(one)) for title, one in checks]:
            try:
                print(f"{title}: {done.result()}", flush=True)
                passed += 1
            except (Wrong, OSError, subprocess.SubprocessError) as why:
                print(f"{title}: WRONG: {why}", flush=True)
    print(f"# pass {passed}\n# fail {len(checks) - passed}")
    return 0 if cases and passed == len(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
