//! Files that torch.save writes, and files that only look like them.

use super::{Pickled, Tensors};
use crate::error::Result;
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

/// A tensor: (name, storage class, key, offset, shape, strides).
type Row<'a> = (&'a str, &'a str, &'a str, u8, &'a [u8], &'a [u8]);

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    out.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    out.extend(text.as_bytes());
}

fn integers(out: &mut Vec<u8>, integers: &[u8]) {
    out.push(b'(');
    out.extend(integers.iter().flat_map(|integer| [b'K', *integer]));
    out.push(b't');
}

/// The call that rebuilds a tensor.
fn tensor(out: &mut Vec<u8>, (_, class, key, offset, shape, strides): Row) {
    out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    text(out, "storage");
    write!(out, "ctorch\n{class}\n").unwrap();
    text(out, key);
    text(out, "cpu");
    out.extend([b'K', 0, b't', b'Q', b'K', offset]);
    integers(out, shape);
    integers(out, strides);
    out.extend(b"\x89ccollections\nOrderedDict\n)RtR");
}

fn pickle(rows: &[Row]) -> Vec<u8> {
    let mut out = b"\x80\x02}(".to_vec();
    for row in rows {
        text(&mut out, row.0);
        tensor(&mut out, *row);
    }
    out.extend(b"u.");
    out
}

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// 0, 1, 2, … 11 in float32.
fn counting() -> Vec<u8> {
    (0u8..12).flat_map(|n| f32::from(n).to_le_bytes()).collect()
}

fn opened(file: &[u8]) -> Result<Pickled> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pytorch_model.bin");
    std::fs::write(&path, file).unwrap();
    Pickled::open(&[path])
}

fn table(pickle: &[u8]) -> Result<Pickled> {
    opened(&archive(&[("a/data.pkl", pickle), ("a/byteorder", b"little"), ("a/data/0", &counting())]))
}

fn values(pickled: &Pickled, name: &str) -> Vec<f32> {
    let tensor = pickled.read(name).unwrap();
    assert_eq!(tensor.dims(), pickled.shape(name).unwrap());
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// The message of a file that cannot be opened, found without delay.
fn trouble(open: impl FnOnce() -> Result<Pickled>) -> String {
    let start = Instant::now();
    let error = open().err().unwrap();
    assert_eq!(error.exit_code(), 65, "{error}");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    let message = error.to_string();
    assert!(message.contains("pytorch_model.bin") && message.len() < 1000, "{message}");
    message
}

#[test]
fn strides_are_followed() {
    let pickled = table(&pickle(&[
        ("whole", "FloatStorage", "0", 0, &[3, 4], &[4, 1]),
        ("transposed", "FloatStorage", "0", 0, &[4, 3], &[1, 4]),
        ("sliced", "FloatStorage", "0", 5, &[2, 2], &[4, 2]),
        ("permuted", "FloatStorage", "0", 0, &[2, 2, 3], &[3, 6, 1]),
        ("tail", "FloatStorage", "0", 10, &[1, 2], &[99, 1]),
        ("scalar", "FloatStorage", "0", 7, &[], &[]),
        ("empty", "FloatStorage", "0", 200, &[0, 3], &[3, 1]),
        ("spread", "FloatStorage", "0", 3, &[2, 3], &[0, 1]),
    ]))
    .unwrap();
    assert_eq!(values(&pickled, "whole"), (0u8..12).map(f32::from).collect::<Vec<_>>());
    assert_eq!(values(&pickled, "transposed"), [0., 4., 8., 1., 5., 9., 2., 6., 10., 3., 7., 11.]);
    assert_eq!(values(&pickled, "sliced"), [5., 7., 9., 11.]);
    assert_eq!(values(&pickled, "permuted"), [0., 1., 2., 6., 7., 8., 3., 4., 5., 9., 10., 11.]);
    assert_eq!(values(&pickled, "tail"), [10., 11.]);
    assert_eq!(values(&pickled, "scalar"), [7.]);
    assert!(values(&pickled, "empty").is_empty());
    assert_eq!(values(&pickled, "spread"), [3., 4., 5., 3., 4., 5.]);
}

#[test]
fn parameters_and_subclasses_are_unwrapped() {
    let row: Row = ("", "FloatStorage", "0", 2, &[2], &[1]);
    let mut out = b"\x80\x02}(".to_vec();
    text(&mut out, "parameter");
    out.extend(b"ctorch._utils\n_rebuild_parameter\n(");
    tensor(&mut out, row);
    out.extend(b"\x88ccollections\nOrderedDict\n)RtR");
    text(&mut out, "subclass");
    out.extend(b"ctorch._tensor\n_rebuild_from_type_v2\n(");
    let mut call = Vec::new();
    tensor(&mut call, row);
    // The function and its arguments, uncalled, with the class between them.
    let (function, arguments) = call.split_at(b"ctorch._utils\n_rebuild_tensor_v2\n".len());
    out.extend(function);
    out.extend(b"cmy.module\nTensor\n");
    out.extend(arguments.strip_suffix(b"R").unwrap());
    out.extend(b"}tR");
    text(&mut out, "step");
    out.extend(b"\x8a\x09\0\0\0\0\0\0\0\0\x01u.");
    let pickled = table(&out).unwrap();
    assert_eq!((values(&pickled, "parameter"), values(&pickled, "subclass")), (vec![2., 3.], vec![2., 3.]));
    assert_eq!(pickled.tensors.len(), 2);
}

#[test]
fn types_other_than_floating_point_are_refused_when_they_are_asked_for() {
    let pickled = table(&pickle(&[
        ("weight", "FloatStorage", "0", 0, &[3], &[1]),
        ("mask", "BoolStorage", "0", 0, &[3], &[1]),
        ("steps", "LongStorage", "0", 0, &[3], &[1]),
    ]))
    .unwrap();
    assert_eq!(values(&pickled, "weight"), [0., 1., 2.]);
    for (name, kind) in [("mask", "Bool"), ("steps", "i64")] {
        let error = pickled.read(name).err().unwrap();
        assert!(error.exit_code() == 65, "{error}");
        assert_eq!(error.to_string(), format!("has the type {kind}; expected floating point"));
    }
    assert_eq!(pickled.stored_as().into_iter().collect::<Vec<_>>(), ["f32"], "masks and counters are no weights");
}

#[test]
fn a_state_dict_below_the_top_is_refused_with_the_line_that_mends_it() {
    let inner = pickle(&[("weight", "FloatStorage", "0", 0, &[3], &[1]), ("bias", "FloatStorage", "0", 0, &[1], &[1])]);
    let inner = &inner[2..inner.len() - 1];
    let under = |names: &[&str], beside: &[Row]| {
        let mut out = pickle(beside);
        out.truncate(out.len() - 2);
        for (depth, name) in names.iter().enumerate() {
            if depth > 0 {
                out.extend(b"}(");
            }
            text(&mut out, name);
        }
        out.extend(inner);
        out.extend(b"u".repeat(names.len()));
        out.push(b'.');
        trouble(|| table(&out))
    };
    let message = under(&["state_dict"], &[]);
    assert!(message.contains("torch.load(") && message.contains("[\"state_dict\"], "), "{message}");
    // The step is a tensor too.
    let message = under(&["checkpoint", "model"], &[("step", "FloatStorage", "0", 0, &[1], &[1])]);
    assert!(message.contains("[\"checkpoint\"][\"model\"]"), "{message}");
}

#[test]
fn one_tensor_under_two_names_is_the_same_and_equal_ones_too() {
    let pickled = table(&pickle(&[
        ("embed", "FloatStorage", "0", 0, &[3], &[1]),
        ("head", "FloatStorage", "0", 0, &[3], &[1]),
        ("other", "FloatStorage", "0", 1, &[3], &[1]),
        ("long", "FloatStorage", "0", 0, &[4], &[1]),
        ("mask", "BoolStorage", "0", 0, &[3], &[1]),
        ("zeros", "ByteStorage", "0", 0, &[3], &[1]),
    ]))
    .unwrap();
    let same = |b| pickled.same("embed", b).unwrap();
    assert!(same("head") && !same("other") && !same("long"));
    assert!(pickled.same("mask", "zeros").unwrap());
}

#[test]
fn tensors_beyond_their_storage_are_refused() {
    let row = |offset, shape, strides| pickle(&[("weight", "FloatStorage", "0", offset, shape, strides)]);
    for out in [
        row(10, &[3], &[1]),
        row(0, &[13], &[1]),
        row(0, &[4, 3], &[1, 5]),
        row(0, &[255, 255], &[0, 0]),
        row(0, &[255; 8], &[255; 8]),
        row(0, &[255; 8], &[0; 8]),
    ] {
        let message = trouble(|| table(&out));
        assert!(message.contains("tensor weight") && message.contains("storage of 12 elements"), "{message}");
    }
    for out in [row(0, &[1; 9], &[1; 9]), row(0, &[1, 1], &[1])] {
        assert!(trouble(|| table(&out)).contains("tensor weight is not made of"));
    }
    let elsewhere = pickle(&[("weight", "FloatStorage", "../1", 0, &[1], &[1])]);
    assert!(trouble(|| table(&elsewhere)).contains("../1, which is missing"));
}

#[test]
fn bombs_are_errors_and_quick() {
    let mut deep = b"\x80\x02)".to_vec();
    deep.resize(200_003, 0x85);
    deep.push(b'.');
    assert!(trouble(|| table(&deep)).contains("holds no tensors"));
    // The same under a name, beside a tensor: nobody looks into it.
    let mut beside = pickle(&[("weight", "FloatStorage", "0", 0, &[3], &[1])]);
    beside.truncate(beside.len() - 2);
    text(&mut beside, "extra");
    beside.extend(&deep[2..deep.len() - 1]);
    beside.extend(b"u.");
    assert_eq!(values(&table(&beside).unwrap(), "weight"), [0., 1., 2.]);
    // Each object holds the one before it twice.
    let mut doubling = b"\x80\x02)q\0".to_vec();
    doubling.extend(b"h\0h\0\x86q\0".repeat(100_000));
    doubling.push(b'.');
    assert!(trouble(|| table(&doubling)).contains("holds no tensors"));
    // A dict that holds itself.
    assert!(trouble(|| table(b"\x80\x02}q\0X\x01\0\0\0ah\0s.")).contains("holds no tensors"));
    let mut long = b"\x80\x02".to_vec();
    long.resize(5 << 20, b'N');
    assert!(trouble(|| table(&long)).contains("4194304 instructions"));
    let text = b"\x80\x02X\xff\xff\xff\xff";
    assert!(trouble(|| table(text)).contains("ends too early at byte 2"));
}

#[test]
fn what_no_state_dict_needs_is_named() {
    for (out, part) in [
        (&b"\x80\x02}i."[..], "opcode 0x69, which no state dict needs, at byte 3"),
        (b"", "ends too early"),
        (b"\x80\x02.", "empty stack at byte 2"),
        (b"\x80\x02}(0.", "opcode 0x30"),
        (b"\x80\x02}(s.", "empty stack"),
        (b"\x80\x02}t.", "mark that is missing"),
        (b"\x80\x02h\x05.", "object 5, which is missing"),
        (b"\x80\x02}(Nu.", "a key without a value"),
        (b"\x80\x02NNNs.", "no dict"),
        (b"\x80\x02X\x01\0\0\0\xff.", "not UTF-8"),
        (b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.", "holds no tensors"),
    ] {
        let message = trouble(|| table(out));
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn archives_that_torch_does_not_write_are_refused() {
    let table = pickle(&[("weight", "FloatStorage", "0", 0, &[3], &[1])]);
    let (table, data) = (table.as_slice(), counting());
    let parts = [("a/data.pkl", table), ("a/data/0", &data)];
    assert!(trouble(|| opened(&archive(&parts[1..]))).contains("0 tables"));
    assert!(trouble(|| opened(&archive(&[parts[0], parts[1], ("b/data.pkl", table)]))).contains("2 tables"));
    assert!(trouble(|| opened(&archive(&parts[..1]))).contains("storage 0, which is missing"));
    let big = archive(&[parts[0], parts[1], ("a/byteorder", b"big")]);
    assert!(trouble(|| opened(&big)).contains("byte order \"big\"; expected \"little\""));
    // Method 8 in the directory, and in front of the last part.
    let mut deflated = archive(&parts);
    for (header, method) in [(b"PK\x01\x02", 10), (b"PK\x03\x04", 8)] {
        let at = deflated.windows(4).rposition(|window| window == header).unwrap();
        deflated[at + method] = 8;
    }
    assert!(trouble(|| opened(&deflated)).contains("a/data/0 compressed"));
}

#[test]
fn files_broken_anywhere_load_or_say_so() {
    let table = pickle(&[
        ("first", "FloatStorage", "0", 0, &[3, 4], &[4, 1]),
        ("second", "HalfStorage", "0", 1, &[4, 3], &[1, 4]),
    ]);
    let whole = archive(&[("a/data.pkl", &table), ("a/byteorder", b"little"), ("a/data/0", &counting())]);
    let check = |file: &[u8], what: &dyn Fn() -> String| {
        let read = opened(file).and_then(|pickled| pickled.names().iter().try_for_each(|n| pickled.read(n).map(drop)));
        if let Err(error) = read {
            assert_eq!(error.exit_code(), 65, "{}: {error}", what());
        }
    };
    for length in 0..whole.len() {
        check(&whole[..length], &|| format!("{length} bytes"));
    }
    for at in 0..whole.len() {
        for flip in [0x01, 0x5a, 0x80, 0xff] {
            let mut broken = whole.clone();
            broken[at] ^= flip;
            check(&broken, &|| format!("byte {at} ^ {flip:#x}"));
        }
    }
}
