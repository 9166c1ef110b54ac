//! Composition: an agent and the telemetry component made one component.
//!
//! The agent's imports of `codomyrmex:telemetry` are bound to the telemetry component inside, so
//! recording never leaves the sandbox. The result exports what the agent exports, and the interface
//! `ledger`, from which the host drains. Deliberately absent: running anything.

use wac_graph::types::{ItemKind, Package};
use wac_graph::{CompositionGraph, EncodeOptions};

use crate::Error;
use crate::composed::LEDGER;

/// The interfaces whose types `ledger` and an agent's exports speak of, each after what it uses itself. A component
/// may export an instance only if the types in it have a name outside.
const WORDS: [&str; 2] = ["codomyrmex:telemetry/types@0.1.0", "codomyrmex:telemetry/tracer@0.1.0"];

const NAMESPACE: &str = "codomyrmex:telemetry/";

/// The names of the instances among a component's imports or exports.
fn instances<'a>(items: impl IntoIterator<Item = (&'a String, &'a ItemKind)>) -> Vec<String> {
    items.into_iter().filter(|(_, kind)| matches!(kind, ItemKind::Instance(_))).map(|(name, _)| name.clone()).collect()
}

/// One component out of an agent's and the telemetry component's bytes, for an embedder with a linker of its own:
/// it exports what the agent exports, and `codomyrmex:telemetry/ledger`, which is to be drained into a ledger of
/// the host's, with the interfaces whose types both use. `name` is for messages.
///
/// # Errors
/// [`Error::CannotCompose`] where one of them is no component, or the agent imports what the other does not have.
pub fn compose(name: &str, agent: &[u8], telemetry: &[u8]) -> Result<Vec<u8>, Error> {
    let wrong = |why: String| Error::CannotCompose { name: name.into(), why };
    let mut graph = CompositionGraph::new();
    let mut register = |package: &str, bytes: &[u8]| {
        let package = Package::from_bytes(package, None, bytes, graph.types_mut()).map_err(|why| wrong(format!("{why:#}")))?;
        let world = package.ty();
        let id = graph.register_package(package).map_err(|why| wrong(why.to_string()))?;
        Ok::<_, Error>((id, world))
    };
    let (telemetry, telemetry_world) = register("codomyrmex:telemetry-component", telemetry)?;
    let (agent, agent_world) = register("codomyrmex:agent-component", agent)?;
    let offered = instances(&graph.types()[telemetry_world].exports);
    let wanted = instances(&graph.types()[agent_world].imports);
    let exported = instances(&graph.types()[agent_world].exports);

    let telemetry = graph.instantiate(telemetry);
    let agent = graph.instantiate(agent);
    for interface in wanted.into_iter().filter(|interface| interface.starts_with(NAMESPACE)) {
        if !offered.contains(&interface) {
            return Err(wrong(format!("it imports {interface}, which the telemetry component does not export")));
        }
        let export = graph.alias_instance_export(telemetry, &interface).map_err(|why| wrong(why.to_string()))?;
        graph.set_instantiation_argument(agent, &interface, export).map_err(|why| wrong(why.to_string()))?;
    }
    let mut export = |instance, interface: &str| {
        let node = graph.alias_instance_export(instance, interface).map_err(|why| wrong(why.to_string()))?;
        graph.export(node, interface).map_err(|why| wrong(why.to_string()))
    };
    for interface in WORDS.into_iter().chain([LEDGER]) {
        export(telemetry, interface)?;
    }
    for interface in exported {
        export(agent, &interface)?;
    }
    graph.encode(EncodeOptions::default()).map_err(|why| wrong(format!("{why:#}")))
}
