//! YAML as a tree whose scalars are still the text that was written.
//!
//! The parser gives events and holds nothing that grows with depth but its own stack on the heap; here
//! they become a tree, within limits: of bytes, of depth, and of what aliases multiply. Deliberately
//! absent: what a scalar means, merge keys, and tags but `!!str`.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::{Error, Place};

/// Bytes of a text. A thousand objectives of three kilobytes each fit.
const BYTES_MAX: usize = 4 << 20;

/// How deep nodes may nest. OpenSLO v1 nests a dozen levels; a data source may hold anything.
const DEPTH_MAX: usize = 64;

/// What all nodes of a text may take, what aliases stand for counted each time: their texts, and
/// [`NODE_BYTES`] each.
const TREE_BYTES_MAX: usize = 64 << 20;

/// What a node counts beside its text.
const NODE_BYTES: usize = 96;

/// A part of a document.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: usize, // where it begins; of a field, where its name is
    pub(super) value: Value,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text, and whether it was plain: only then can it be a number, a boolean or nothing.
    Scalar(String, bool),
    /// Several.
    List(Vec<Node>),
    /// By name, in the order of the text, each once.
    Map(Vec<(String, Node)>),
}

/// A document that holds something.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) place: Place,
    pub(super) root: Node,
}

impl Node {
    /// Whether nothing is there.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(text, true) if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// How many levels of lists and maps it has.
    fn depth(&self) -> usize {
        match &self.value {
            Value::Scalar(..) => 0,
            Value::List(nodes) => 1 + nodes.iter().map(Self::depth).max().unwrap_or_default(),
            Value::Map(pairs) => 1 + pairs.iter().map(|(_, node)| node.depth()).max().unwrap_or_default(),
        }
    }

    fn bytes(&self) -> usize {
        NODE_BYTES
            + match &self.value {
                Value::Scalar(text, _) => text.len(),
                Value::List(nodes) => nodes.iter().map(Self::bytes).sum(),
                Value::Map(pairs) => pairs.iter().map(|(key, node)| key.len() + node.bytes()).sum(),
            }
    }
}

/// A collection that is not yet closed.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<(String, usize)>, // of a map, with its line, once it is read and its value is not
    keys: BTreeSet<String>,       // of a map, those that were read
}

/// Builds the documents of a text.
struct Builder<'a> {
    place: Place,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>, // whole nodes of this document, by number
    bytes: usize,
    documents: &'a mut Vec<Document>,
}

/// The documents of a text that hold something.
pub(super) fn read(source: &str, text: &str) -> Result<Vec<Document>, Error> {
    let mut documents = Vec::new();
    let place = Place { source: source.into(), document: 0, line: 1, object: String::new() };
    let mut builder = Builder { place, open: Vec::new(), anchors: BTreeMap::new(), bytes: 0, documents: &mut documents };
    if text.len() > BYTES_MAX {
        return Err(builder.too_much(format!("the text has {} bytes; at most {BYTES_MAX} are read", text.len())));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| builder.not_yaml(&error))?;
        builder.take(event, span.start)?;
    }
    Ok(documents)
}

impl Builder<'_> {
    fn not_yaml(&self, error: &ScanError) -> Error {
        let place = Place { line: error.marker().line(), document: self.place.document.max(1), ..self.place.clone() };
        Error::Syntax { place, what: error.info().into() }
    }

    fn refuse(&self, what: &str) -> Error {
        Error::Syntax { place: self.place.clone(), what: what.into() }
    }

    fn too_much(&self, what: String) -> Error {
        Error::TooMuch { place: self.place.clone(), what }
    }

    fn take(&mut self, event: Event<'_>, at: Marker) -> Result<(), Error> {
        self.place.line = at.line();
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.place.document += 1;
                self.anchors.clear();
                Ok(())
            }
            Event::Alias(anchor) => {
                let there = self.anchors.get(&anchor).cloned();
                let node = there.ok_or_else(|| self.refuse("an alias of what is not whole before it in this document"))?;
                self.count(node.bytes())?;
                self.check_depth(node.depth())?;
                self.put(node, 0)
            }
            Event::Scalar(text, style, anchor, tag) => {
                if tag.as_ref().is_some_and(|tag| !(tag.is_yaml_core_schema() && tag.suffix == "str")) {
                    return Err(self.refuse("a tag; only !!str is read"));
                }
                self.count(NODE_BYTES + text.len())?;
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                self.put(Node { line: at.line(), value: Value::Scalar(text.into_owned(), is_plain) }, anchor)
            }
            Event::SequenceStart(anchor, tag) => self.start(Value::List(Vec::new()), anchor, tag.is_some()),
            Event::MappingStart(anchor, tag) => self.start(Value::Map(Vec::new()), anchor, tag.is_some()),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { node, anchor, .. }) => self.put(node, anchor),
                None => Err(self.refuse("an end without a start")),
            },
        }
    }

    /// Opens a list or a map.
    fn start(&mut self, value: Value, anchor: usize, is_tagged: bool) -> Result<(), Error> {
        if is_tagged {
            return Err(self.refuse("a tag; only !!str is read"));
        }
        self.check_depth(1)?;
        self.count(NODE_BYTES)?;
        self.open.push(Open { node: Node { line: self.place.line, value }, anchor, key: None, keys: BTreeSet::new() });
        Ok(())
    }

    /// Checks that so many more levels are allowed here.
    fn check_depth(&self, levels: usize) -> Result<(), Error> {
        if self.open.len() + levels > DEPTH_MAX {
            return Err(self.too_much(format!("nested deeper than {DEPTH_MAX} levels")));
        }
        Ok(())
    }

    fn count(&mut self, bytes: usize) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > TREE_BYTES_MAX {
            return Err(self.too_much(format!("what it holds, aliases written out, takes more than {TREE_BYTES_MAX} bytes")));
        }
        Ok(())
    }

    /// Puts a whole node where it belongs.
    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Error> {
        if anchor > 0 {
            self.count(node.bytes())?;
            self.anchors.insert(anchor, node.clone());
        }
        let refuse = |what: &str| Err(Error::Syntax { place: self.place.clone(), what: what.into() });
        let Some(open) = self.open.last_mut() else {
            if !node.is_null() {
                self.documents.push(Document { place: Place { line: node.line, ..self.place.clone() }, root: node });
            }
            return Ok(());
        };
        match &mut open.node.value {
            Value::List(nodes) => nodes.push(node),
            Value::Map(pairs) => match (open.key.take(), node.value) {
                (Some((key, line)), value) => pairs.push((key, Node { line, value })),
                (None, Value::Scalar(key, _)) if !open.keys.insert(key.clone()) => {
                    return refuse(&format!("the field '{}' is there twice", shortened(&key)));
                }
                (None, Value::Scalar(key, _)) => open.key = Some((key, node.line)),
                (None, _) => return refuse("a list or a map as the name of a field"),
            },
            Value::Scalar(..) => return refuse("a node within a scalar"),
        }
        Ok(())
    }
}

/// The beginning of a text, to be quoted.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into(),
    }
}
