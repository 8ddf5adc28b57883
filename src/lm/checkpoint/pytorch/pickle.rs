//! The table of tensors in a file of `torch.save`: a pickle, run as far as state dicts need it. A global is only a
//! name here and a call only a pair, so that no code is ever run. Objects lie side by side in one list and refer to each
//! other by number: nothing recurses, nothing is copied, and one instruction makes at most one object.

use crate::error::{Error, Result};
use std::collections::{HashMap, HashSet};

/// Instructions in a table; each tensor takes about forty.
const INSTRUCTIONS: usize = 1 << 22;
/// Bytes in a tensor's name.
const NAME: usize = 1 << 10;
/// Dimensions of a tensor.
const DIMENSIONS: usize = 8;

/// What the table says of a tensor.
pub struct Entry<'a> {
    pub name: &'a str,
    /// The storage's name in the archive.
    pub key: &'a str,
    /// The storage's class without its ending: `Float`, `BFloat16`, `Bool`.
    pub kind: &'a str,
    /// Where it begins in the storage, in elements, as the strides are.
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// What a file of `torch.save` holds.
pub struct Table<'a> {
    /// The tensors at its top; none where it is no dict.
    pub tensors: Vec<Entry<'a>>,
    /// Where in it the most tensors are, as an index in Python such as `["state_dict"]`, where that is not at the top.
    pub nested: Option<String>,
}

/// Dicts in dicts that are looked through for tensors.
const DEPTH: usize = 4;

/// The tensors of the state dict that `bytes` pickle.
///
/// # Errors
/// [`Error::data`] where the pickle is broken or does what no state dict needs.
pub fn tensors(bytes: &[u8]) -> Result<Table<'_>> {
    let mut pickle = Pickle { rest: bytes, ..Pickle::default() };
    let root = pickle.run(bytes.len())?;
    let mut entries = Vec::new();
    let Value::Dict(items) = &pickle.values[root] else { return Ok(Table { tensors: entries, nested: None }) };
    for (key, value) in items {
        if let (Value::Text(name), Some((function, arguments))) = (&pickle.values[*key], pickle.rebuilt(*value)) {
            if name.len() > NAME {
                return Err(Error::data(format!("is broken: the name of a tensor has {} bytes", name.len())));
            }
            entries.push(pickle.entry(name, function, arguments).ok_or_else(|| {
                Error::data(format!(
                    "is broken: tensor {name} is not made of a storage, an offset, and a shape and strides of at most \
                     {DIMENSIONS} dimensions"
                ))
            })?);
        }
    }
    let nested = pickle.nested(root, entries.len());
    Ok(Table { tensors: entries, nested })
}

/// An object; what it is made of, by number.
enum Value<'a> {
    /// What no tensor is made of: none, a truth value, a float, a negative number, a list, whose items are dropped.
    Other,
    Integer(usize),
    Text(&'a str),
    /// A module and a name in it.
    Global(&'a str, &'a str),
    Tuple(Vec<usize>),
    Dict(Vec<(usize, usize)>),
    /// What stands outside the pickle under this identifier.
    Persistent(usize),
    /// A function and its arguments.
    Call(usize, usize),
}

#[derive(Default)]
struct Pickle<'a> {
    /// What is not yet read.
    rest: &'a [u8],
    values: Vec<Value<'a>>,
    stack: Vec<usize>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<usize, usize>,
}

/// What is wrong, in words that follow "its table of tensors".
type Step<T> = std::result::Result<T, String>;

impl<'a> Pickle<'a> {
    /// Runs all of the pickle, which is `length` bytes long; returns the object that it is of.
    fn run(&mut self, length: usize) -> Result<usize> {
        let broken = |what, at| Error::data(format!("is broken: its table of tensors {what} at byte {at} of data.pkl"));
        for _ in 0..INSTRUCTIONS {
            let at = length - self.rest.len();
            if let Some(root) = self.step().map_err(|what| broken(what, at))? {
                return Ok(root);
            }
        }
        Err(broken(format!("is longer than {INSTRUCTIONS} instructions"), length - self.rest.len()))
    }

    /// Runs one instruction; returns the object where it was the last.
    fn step(&mut self) -> Step<Option<usize>> {
        let opcode = self.take(1)?[0];
        match opcode {
            b'.' => return self.pop().map(Some),                  // STOP
            0x80 => drop(self.take(1)?),                          // PROTO
            0x95 => drop(self.take(8)?),                          // FRAME
            b'N' | 0x88 | 0x89 | b']' => self.push(Value::Other), // NONE, NEWTRUE, NEWFALSE, EMPTY_LIST
            b'G' => {
                // BINFLOAT
                self.take(8)?;
                self.push(Value::Other);
            }
            b'K' | b'M' => {
                // BININT1, BININT2
                let integer = self.unsigned(if opcode == b'K' { 1 } else { 2 })?;
                self.push(Value::Integer(integer));
            }
            b'J' | 0x8a => {
                // BININT, LONG1
                let length = if opcode == b'J' { 4 } else { self.unsigned(1)? };
                let integer = self.take(length)?;
                self.push(signed(integer));
            }
            b'X' | 0x8c => {
                // BINUNICODE, SHORT_BINUNICODE
                let length = self.unsigned(if opcode == b'X' { 4 } else { 1 })?;
                let text = utf8(self.take(length)?)?;
                self.push(Value::Text(text));
            }
            b'c' => {
                // GLOBAL
                let (module, name) = (self.line()?, self.line()?);
                self.push(Value::Global(module, name));
            }
            0x93 => {
                // STACK_GLOBAL
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (&self.values[module], &self.values[name]) else {
                    return Err("names a global by what is no text".to_owned());
                };
                self.push(Value::Global(module, name));
            }
            b'}' => self.push(Value::Dict(Vec::new())),  // EMPTY_DICT
            b')' => self.push(Value::Tuple(Vec::new())), // EMPTY_TUPLE
            b'(' => self.marks.push(self.stack.len()),   // MARK
            b't' | 0x85..=0x87 => {
                // TUPLE, TUPLE1, TUPLE2, TUPLE3
                let items =
                    if opcode == b't' { self.pop_to_mark()? } else { self.pop_last(usize::from(opcode - 0x84))? };
                self.push(Value::Tuple(items));
            }
            b's' | b'u' => {
                // SETITEM, SETITEMS
                let items = if opcode == b's' { self.pop_last(2)? } else { self.pop_to_mark()? };
                let dict = self.top()?;
                match (&mut self.values[dict], items.as_chunks::<2>()) {
                    (_, (_, [_])) => return Err("puts a key without a value into a dict".to_owned()),
                    (Value::Dict(dict), (pairs, _)) => dict.extend(pairs.iter().map(|[key, value]| (*key, *value))),
                    (Value::Call(..), _) => {}
                    _ => return Err("puts items into what is no dict".to_owned()),
                }
            }
            b'a' | b'e' | b'b' => {
                // APPEND, APPENDS to a list; BUILD, which gives an object its attributes
                let _ = if opcode == b'e' { self.pop_to_mark()? } else { self.pop_last(1)? };
                self.top()?;
            }
            b'q' | b'r' | 0x94 => {
                // BINPUT, LONG_BINPUT, MEMOIZE
                let number = match opcode {
                    b'q' => self.unsigned(1)?,
                    b'r' => self.unsigned(4)?,
                    _ => self.memo.len(),
                };
                self.memo.insert(number, self.top()?);
            }
            b'h' | b'j' => {
                // BINGET, LONG_BINGET
                let number = self.unsigned(if opcode == b'h' { 1 } else { 4 })?;
                let value =
                    self.memo.get(&number).ok_or_else(|| format!("refers to object {number}, which is missing,"))?;
                self.stack.push(*value);
            }
            b'Q' => {
                // BINPERSID
                let identifier = self.pop()?;
                self.push(Value::Persistent(identifier));
            }
            b'R' | 0x81 => {
                // REDUCE, NEWOBJ
                let (arguments, function) = (self.pop()?, self.pop()?);
                let dict = matches!(self.values[function], Value::Global("collections", "OrderedDict" | "defaultdict"));
                self.push(if dict { Value::Dict(Vec::new()) } else { Value::Call(function, arguments) });
            }
            other => return Err(format!("has the opcode {other:#04x}, which no state dict needs,")),
        }
        Ok(None)
    }

    fn take(&mut self, length: usize) -> Step<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or("ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    /// An unsigned number of at most four bytes.
    fn unsigned(&mut self, width: usize) -> Step<usize> {
        Ok(self.take(width)?.iter().rev().fold(0, |number, byte| (number << 8) | usize::from(*byte)))
    }

    fn line(&mut self) -> Step<&'a str> {
        let length = self.rest.iter().position(|byte| *byte == b'\n').ok_or("ends too early")?;
        let line = self.take(length)?;
        self.take(1)?;
        utf8(line)
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Step<usize> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// What was last put on the stack, after the last mark.
    fn top(&self) -> Step<usize> {
        let above = &self.stack[self.marks.last().copied().unwrap_or(0)..];
        Ok(*above.last().ok_or("takes from an empty stack")?)
    }

    fn pop_last(&mut self, count: usize) -> Step<Vec<usize>> {
        let mut items = (0..count).map(|_| self.pop()).collect::<Step<Vec<_>>>()?;
        items.reverse();
        Ok(items)
    }

    fn pop_to_mark(&mut self) -> Step<Vec<usize>> {
        let mark = self.marks.pop().ok_or("takes from the stack to a mark that is missing")?;
        Ok(self.stack.split_off(mark))
    }

    /// The function that makes the tensor `value`, and its arguments, without what wraps parameters and subclasses.
    fn rebuilt(&self, value: usize) -> Option<(&'a str, &[usize])> {
        let Value::Call(mut function, mut arguments) = self.values[value] else { return None };
        for _ in 0..4 {
            let (Value::Global(module, name), Value::Tuple(items)) = (&self.values[function], &self.values[arguments])
            else {
                return None;
            };
            match (*module, *name) {
                ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => return Some((name, items)),
                ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                    let Value::Call(f, a) = self.values[*items.first()?] else { return None };
                    (function, arguments) = (f, a);
                }
                ("torch._tensor", "_rebuild_from_type_v2") => (function, arguments) = (*items.first()?, *items.get(2)?),
                _ => return None,
            }
        }
        None
    }

    /// Where below the dict `root` there are more tensors than `above`, as an index in Python. Each dict is looked at
    /// once, however often it is referred to.
    fn nested(&self, root: usize, above: usize) -> Option<String> {
        let mut seen = HashSet::from([root]);
        let mut level = vec![(root, String::new())];
        let (mut most, mut found) = (above, None);
        for _ in 0..DEPTH {
            let mut next = Vec::new();
            for (dict, path) in &level {
                let Value::Dict(items) = &self.values[*dict] else { continue };
                for (key, value) in items {
                    let (Value::Text(key), Value::Dict(inner)) = (&self.values[*key], &self.values[*value]) else {
                        continue;
                    };
                    if key.len() > NAME || !seen.insert(*value) {
                        continue;
                    }
                    let path = format!("{path}[{key:?}]");
                    let tensors = inner.iter().filter(|(_, value)| self.rebuilt(*value).is_some()).count();
                    if tensors > most {
                        (most, found) = (tensors, Some(path.clone()));
                    }
                    next.push((*value, path));
                }
            }
            level = next;
        }
        found
    }

    fn entry(&self, name: &'a str, function: &str, arguments: &[usize]) -> Option<Entry<'a>> {
        let [storage, offset, shape, strides, rest @ ..] = arguments else { return None };
        let Value::Persistent(identifier) = self.values[*storage] else { return None };
        let Value::Tuple(identifier) = &self.values[identifier] else { return None };
        let [_, class, key, ..] = identifier.as_slice() else { return None };
        // Types that have no storage class of their own are named by an argument.
        let class = if function == "_rebuild_tensor_v3" { rest.get(2)? } else { class };
        let (Value::Global(_, class), Value::Text(key)) = (&self.values[*class], &self.values[*key]) else {
            return None;
        };
        let (shape, strides) = (self.integers(*shape)?, self.integers(*strides)?);
        let offset = self.integer(*offset)?;
        let kind = class.strip_suffix("Storage").unwrap_or(class);
        (shape.len() == strides.len()).then_some(Entry { name, key, kind, offset, shape, strides })
    }

    fn integer(&self, value: usize) -> Option<usize> {
        if let Value::Integer(integer) = self.values[value] { Some(integer) } else { None }
    }

    fn integers(&self, value: usize) -> Option<Vec<usize>> {
        let Value::Tuple(items) = &self.values[value] else { return None };
        if items.len() > DIMENSIONS {
            return None;
        }
        items.iter().map(|item| self.integer(*item)).collect()
    }
}

fn utf8(bytes: &[u8]) -> Step<&str> {
    std::str::from_utf8(bytes).map_err(|_| "has a text that is not UTF-8".to_owned())
}

/// A number in two's complement; what is negative or too large is of no use here.
fn signed(bytes: &[u8]) -> Value<'static> {
    let shifted = |number: usize, byte: &u8| number.checked_mul(256)?.checked_add(usize::from(*byte));
    match bytes.iter().rev().try_fold(0, shifted) {
        Some(number) if bytes.last().is_none_or(|byte| *byte < 128) => Value::Integer(number),
        _ => Value::Other,
    }
}
