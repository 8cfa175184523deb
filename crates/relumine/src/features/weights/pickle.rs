//! As much of Python's pickle language as a state dictionary of tensors needs; nothing is ever executed.
//!
//! Source: CPython's `pickletools`, protocols 2 to 5. Values lie in an arena and refer to each other by number, so
//! memory is linear in the length of the input whatever it says, and nothing recurses.

use std::collections::HashMap;

use super::{Number, unknown};
use crate::WeightsError;

/// Most dimensions of a tensor.
const DIMENSIONS: usize = 8;
/// Longest name that is copied. One long text may be meant thousands of times; its copies would not fit memory.
const NAME: usize = 256;

type Id = usize;

#[derive(Debug)]
enum Value {
    /// What a state dictionary does not depend on: None, booleans, floats, long integers.
    Other,
    Int(i64),
    Text(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(String, String),
    Storage(Storage),
    /// Storage, offset, shape, strides.
    Tensor(Id, usize, Vec<usize>, Vec<usize>),
}

/// Some tensors' numbers.
#[derive(Clone, Debug)]
pub(super) struct Storage {
    /// Its name in the checkpoint.
    pub(super) key: String,
    /// Its number type, or the name of one that is not supported.
    pub(super) number: Result<Number, String>,
    /// Bytes a number.
    pub(super) width: usize,
}

/// A tensor as a checkpoint describes it; counts are in numbers, not bytes.
#[derive(Clone, Debug)]
pub(super) struct Rebuilt {
    pub(super) storage: Storage,
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

/// What a pickle holds.
#[derive(Debug)]
pub(super) struct Pickled {
    values: Vec<Value>,
    root: Id,
}

impl Pickled {
    /// The tensors of a state dictionary by name.
    pub(super) fn state_dict(&self) -> Result<Vec<(String, Rebuilt)>, WeightsError> {
        let Value::Dict(entries) = &self.values[self.root] else {
            return Err(unknown("a checkpoint of something other than a state dictionary"));
        };
        let mut tensors = Vec::new();
        for &(key, value) in entries {
            if let (Value::Text(name), Value::Tensor(storage, offset, shape, strides)) =
                (&self.values[key], &self.values[value])
                && let Value::Storage(storage) = &self.values[*storage]
                && name.len() <= NAME
            {
                let (storage, shape, strides) = (storage.clone(), shape.clone(), strides.clone());
                tensors.push((name.clone(), Rebuilt { storage, offset: *offset, shape, strides }));
            }
        }
        if tensors.is_empty() {
            return Err(unknown(
                "a checkpoint whose top level holds no tensors; save the model's state_dict() alone",
            ));
        }
        Ok(tensors)
    }

    /// A list of strings.
    pub(super) fn texts(&self) -> Result<impl Iterator<Item = &str>, WeightsError> {
        let Value::List(items) = &self.values[self.root] else {
            return Err(unknown("a checkpoint without its list of storages"));
        };
        Ok(items
            .iter()
            .filter_map(|id| if let Value::Text(text) = &self.values[*id] { Some(&**text) } else { None }))
    }
}

/// Reads one pickle from the start of `bytes`; also says how many bytes it took.
pub(super) fn load(bytes: &[u8]) -> Result<(Pickled, usize), WeightsError> {
    let mut machine = Machine {
        input: bytes,
        at: 0,
        values: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    while machine.step()? {}
    let root = machine.pop()?;
    Ok((Pickled { values: machine.values, root }, machine.at))
}

struct Machine<'a> {
    input: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<usize, Id>,
}

impl<'a> Machine<'a> {
    /// Executes one opcode; false at the end.
    fn step(&mut self) -> Result<bool, WeightsError> {
        match self.byte()? {
            b'.' => return Ok(false),
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'N' | 0x88 | 0x89 => self.push(Value::Other),
            b'G' => {
                self.take(8)?;
                self.push(Value::Other);
            }
            b'K' => {
                let value = self.byte()?;
                self.push(Value::Int(value.into()));
            }
            b'M' => {
                let value = u16::from_le_bytes(self.array()?);
                self.push(Value::Int(value.into()));
            }
            b'J' => {
                let value = i32::from_le_bytes(self.array()?);
                self.push(Value::Int(value.into()));
            }
            0x8a => {
                let len = self.byte()?;
                let value = long(self.take(len.into())?);
                self.push(value);
            }
            b'X' | b'T' => self.text(|m| Ok(u32::from_le_bytes(m.array()?) as usize))?,
            0x8c | b'U' => self.text(|m| Ok(m.byte()?.into()))?,
            b'}' => self.push(Value::Dict(Vec::new())),
            b']' => self.push(Value::List(Vec::new())),
            b')' => self.push(Value::Tuple(Vec::new())),
            b't' => {
                let items = self.marked()?;
                self.push(Value::Tuple(items));
            }
            n @ 0x85..=0x87 => {
                let items = self.pop_many(usize::from(n - 0x84))?;
                self.push(Value::Tuple(items));
            }
            b'q' => {
                let key = self.byte()?.into();
                self.memoise(key)?;
            }
            b'r' => {
                let key = u32::from_le_bytes(self.array()?) as usize;
                self.memoise(key)?;
            }
            0x94 => self.memoise(self.memo.len())?,
            b'h' => {
                let key = self.byte()?.into();
                self.recall(key)?;
            }
            b'j' => {
                let key = u32::from_le_bytes(self.array()?) as usize;
                self.recall(key)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Value::Global(module, name));
            }
            0x93 => {
                let [module, name] = self.pop_array()?;
                let (Value::Text(module), Value::Text(name)) = (&self.values[module], &self.values[name])
                else {
                    return Err(unknown("a pickle with a nameless global"));
                };
                if module.len().max(name.len()) > NAME {
                    return Err(unknown("a pickle with a strange global"));
                }
                let global = Value::Global(module.clone(), name.clone());
                self.push(global);
            }
            b'Q' => self.persistent()?,
            b'R' => self.reduce()?,
            // The state of an object: PyTorch keeps version numbers there.
            b'b' => drop(self.pop()?),
            b's' => {
                let pair = self.pop_many(2)?;
                self.set_items(&pair)?;
            }
            b'u' => {
                let items = self.marked()?;
                self.set_items(&items)?;
            }
            b'a' => {
                let item = self.pop_many(1)?;
                self.append(&item)?;
            }
            b'e' => {
                let items = self.marked()?;
                self.append(&items)?;
            }
            other => {
                return Err(unknown(format!(
                    "a pickle with opcode {other:#04x}, which no state dictionary needs"
                )));
            }
        }
        Ok(true)
    }

    /// `torch.FloatStorage` and its like: ('storage', type, key, location, count, …).
    fn persistent(&mut self) -> Result<(), WeightsError> {
        let id = self.pop()?;
        let Value::Tuple(items) = &self.values[id] else {
            return Err(unknown("a pickle with a strange storage"));
        };
        let [_, kind, key, ..] = items[..] else { return Err(unknown("a pickle with a strange storage")) };
        let (Value::Global(_, kind), Value::Text(key)) = (&self.values[kind], &self.values[key]) else {
            return Err(unknown("a pickle with a strange storage"));
        };
        let (number, width) = match kind.as_str() {
            "FloatStorage" => (Ok(Number::F32), 4),
            "HalfStorage" => (Ok(Number::F16), 2),
            "BFloat16Storage" => (Ok(Number::Bf16), 2),
            "DoubleStorage" | "LongStorage" => (Err(kind.clone()), 8),
            "IntStorage" => (Err(kind.clone()), 4),
            "ShortStorage" => (Err(kind.clone()), 2),
            "CharStorage" | "ByteStorage" | "BoolStorage" => (Err(kind.clone()), 1),
            other => return Err(unknown(format!("a checkpoint with a {other}"))),
        };
        if key.len() > NAME {
            return Err(unknown("a pickle with a strange storage"));
        }
        let storage = Storage { key: key.clone(), number, width };
        self.push(Value::Storage(storage));
        Ok(())
    }

    /// Calls the few functions that rebuild a state dictionary.
    fn reduce(&mut self) -> Result<(), WeightsError> {
        let [function, arguments] = self.pop_array()?;
        let (Value::Global(module, name), Value::Tuple(arguments)) =
            (&self.values[function], &self.values[arguments])
        else {
            return Err(unknown("a pickle that calls what is no function"));
        };
        match (module.as_str(), name.as_str(), &arguments[..]) {
            ("collections", "OrderedDict", []) => self.push(Value::Dict(Vec::new())),
            ("torch._utils", "_rebuild_parameter", &[tensor, ..]) => self.stack.push(tensor),
            (
                "torch._utils",
                "_rebuild_tensor" | "_rebuild_tensor_v2",
                &[storage, offset, shape, strides, ..],
            ) => {
                let (Some(offset), Some(shape), Some(strides)) =
                    (self.count(offset), self.counts(shape), self.counts(strides))
                else {
                    return Err(unknown("a pickle with a strange tensor"));
                };
                if shape.len() != strides.len() || !matches!(self.values[storage], Value::Storage(_)) {
                    return Err(unknown("a pickle with a strange tensor"));
                }
                self.push(Value::Tensor(storage, offset, shape, strides));
            }
            _ => {
                return Err(unknown(format!(
                    "a pickle that calls {module}.{name}; save the model's state_dict() alone"
                )));
            }
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), WeightsError> {
        let target = *self.stack.last().ok_or_else(underflow)?;
        let Value::Dict(entries) = &mut self.values[target] else {
            return Err(unknown("a pickle that indexes no dictionary"));
        };
        let (pairs, []) = items.as_chunks::<2>() else { return Err(underflow()) };
        entries.extend(pairs.iter().map(|[key, value]| (*key, *value)));
        Ok(())
    }

    fn append(&mut self, items: &[Id]) -> Result<(), WeightsError> {
        let target = *self.stack.last().ok_or_else(underflow)?;
        let Value::List(list) = &mut self.values[target] else {
            return Err(unknown("a pickle that appends to no list"));
        };
        list.extend_from_slice(items);
        Ok(())
    }

    fn count(&self, id: Id) -> Option<usize> {
        if let Value::Int(value) = self.values[id] { usize::try_from(value).ok() } else { None }
    }

    fn counts(&self, id: Id) -> Option<Vec<usize>> {
        let Value::Tuple(items) = &self.values[id] else { return None };
        if items.len() > DIMENSIONS {
            return None;
        }
        items.iter().map(|item| self.count(*item)).collect()
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Result<Id, WeightsError> {
        let [id] = self.pop_array()?;
        Ok(id)
    }

    fn pop_array<const N: usize>(&mut self) -> Result<[Id; N], WeightsError> {
        Ok(self.pop_many(N)?.try_into().expect("as many values as were asked for"))
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Id>, WeightsError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let start =
            self.stack.len().checked_sub(count).filter(|start| *start >= floor).ok_or_else(underflow)?;
        Ok(self.stack.split_off(start))
    }

    fn marked(&mut self) -> Result<Vec<Id>, WeightsError> {
        Ok(self.stack.split_off(self.marks.pop().ok_or_else(underflow)?))
    }

    fn memoise(&mut self, key: usize) -> Result<(), WeightsError> {
        self.memo.insert(key, *self.stack.last().ok_or_else(underflow)?);
        Ok(())
    }

    fn recall(&mut self, key: usize) -> Result<(), WeightsError> {
        self.stack.push(*self.memo.get(&key).ok_or_else(underflow)?);
        Ok(())
    }

    fn text(&mut self, len: impl Fn(&mut Self) -> Result<usize, WeightsError>) -> Result<(), WeightsError> {
        let len = len(self)?;
        let text = String::from_utf8_lossy(self.take(len)?).into_owned();
        self.push(Value::Text(text));
        Ok(())
    }

    fn line(&mut self) -> Result<String, WeightsError> {
        let end = self.input[self.at..].iter().position(|b| *b == b'\n').ok_or_else(underflow)?;
        let line = String::from_utf8_lossy(self.take(end)?).into_owned();
        self.take(1)?;
        Ok(line)
    }

    fn byte(&mut self) -> Result<u8, WeightsError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WeightsError> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were asked for"))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], WeightsError> {
        let taken = self.input[self.at..].get(..count).ok_or_else(underflow)?;
        self.at += count;
        Ok(taken)
    }
}

/// A little-endian two's complement integer; those beyond 64 bits mean nothing here.
fn long(bytes: &[u8]) -> Value {
    let Some(last) = bytes.last() else { return Value::Int(0) };
    if bytes.len() > 8 {
        return Value::Other;
    }
    let mut wide = [if last & 0x80 == 0 { 0 } else { 0xff }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(wide))
}

fn underflow() -> WeightsError {
    unknown("a pickle that is damaged or cut short")
}
