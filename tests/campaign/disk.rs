//! What a disk holds after the power was cut: what was synced, and of what was not, any part.

use super::draw::Draw;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The unit in which a disk writes.
const BLOCK: usize = 512;

/// How much of what was written and not synced is on the disk.
#[derive(Debug, Clone, Copy)]
pub enum Kept {
    /// Nothing.
    Nothing,
    /// Any blocks, and any of the names; the rest is as it was when it was last synced.
    Some,
    /// Any blocks; in place of the others there are zeroes.
    SomeAndZeroes,
}

/// Makes `folder` what the disk holds after the power was cut, where `shadow` is what was synced (see `fault.c`).
pub fn cut_power(folder: &Path, shadow: &Path, kept: Kept, draw: &mut Draw) {
    let now: BTreeMap<String, u64> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| (entry.file_name().into_string().expect("a name"), entry.metadata().expect("its inode").ino()))
        .collect();
    let written: BTreeMap<u64, Vec<u8>> =
        now.iter().map(|(name, inode)| (*inode, fs::read(folder.join(name)).expect("a file"))).collect();
    let synced_names: BTreeMap<String, u64> = fs::read_to_string(shadow.join("names"))
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(inode, name)| (name.to_owned(), inode.parse().expect("an inode")))
        .collect();
    // A disk keeps the order in which names change: all changes since the folder was synced, or none.
    let names = if matches!(kept, Kept::Nothing) || draw.coin() { &synced_names } else { &now };
    let mut after = BTreeMap::new();
    for (name, inode) in names {
        // Shared memory is of the processes, and is made anew.
        if name.ends_with("-shm") {
            continue;
        }
        let synced = fs::read(shadow.join(inode.to_string())).unwrap_or_default();
        let contents = match written.get(inode) {
            Some(written) if !matches!(kept, Kept::Nothing) => {
                mixed(&synced, written, matches!(kept, Kept::SomeAndZeroes), draw)
            }
            _ => synced,
        };
        after.insert(name.clone(), contents);
    }
    for name in now.keys() {
        fs::remove_file(folder.join(name)).expect("it can be removed");
    }
    for (name, contents) in after {
        fs::write(folder.join(name), contents).expect("it can be written");
    }
}

/// Blocks of `written` or, where those did not reach the disk, of `synced`; zeroes beyond what was synced.
fn mixed(synced: &[u8], written: &[u8], zeroes: bool, draw: &mut Draw) -> Vec<u8> {
    let length = if draw.coin() { written.len() } else { synced.len().min(written.len()) };
    let mut contents = written[..length].to_vec();
    for (i, block) in contents.chunks_mut(BLOCK).enumerate() {
        let start = i * BLOCK;
        let before = synced.get(start..(start + block.len()).min(synced.len())).unwrap_or_default();
        if before == &*block || draw.coin() {
            continue;
        }
        // Only what was never synced may read as zeroes; a synced block that is written again is the old one or the new.
        if !before.is_empty() {
            block[..before.len()].copy_from_slice(before);
        } else if zeroes || synced.len() < start {
            block.fill(0);
        }
    }
    contents
}
