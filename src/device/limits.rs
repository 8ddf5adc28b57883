//! How much memory this process may have: what the machine has free, and what control groups (Slurm, systemd-run, containers)
//! and the shell (`ulimit -v`, `ulimit -d`) allow.

use std::fs;
use std::path::{Path, PathBuf};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// What bounds memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// The device's own memory.
    Device,
    /// A control group, by the file that says how much it may have.
    Group(PathBuf),
    /// The address space of this process, RLIMIT_AS.
    AddressSpace,
    /// The writable memory of this process, RLIMIT_DATA.
    Data,
}

/// A bound on memory, and what is left below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// What sets it.
    pub limit: Limit,
    /// Bytes in all.
    pub total: u64,
    /// Bytes that are free.
    pub free: u64,
}

/// Address space that is taken besides what is computed with: pieces of the allocator that are not full (see
/// `allocator.rs`), and stacks of threads that are yet to start.
const ASIDE: u64 = 64 << 20;

/// Every bound on the memory that this process computes in, the tightest first.
#[must_use]
pub fn rooms() -> Vec<Room> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let mut rooms = vec![machine()];
    rooms.extend(groups(&read("/proc/self/cgroup"), &read("/proc/self/mountinfo")));
    rooms.extend(of_process(&read("/proc/self/limits"), &read("/proc/self/status")));
    rooms.sort_by_key(|room| room.free);
    rooms
}

fn machine() -> Room {
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram()));
    Room { limit: Limit::Device, total: system.total_memory(), free: system.available_memory() }
}

/// The limits of the process itself, of which /proc/self/limits and /proc/self/status are `limits` and `status`.
fn of_process(limits: &str, status: &str) -> Vec<Room> {
    let room = |limit, name: &str, used: &str| {
        // "Max address space     734003200     unlimited     bytes": the first number is the one that holds.
        let total: u64 = after(limits, name)?.parse().ok()?;
        let used: u64 = after(status, used)?.parse().ok()?;
        Some(Room { limit, total, free: total.saturating_sub(1024 * used).saturating_sub(ASIDE) })
    };
    let address_space = room(Limit::AddressSpace, "Max address space", "VmSize:");
    let data = room(Limit::Data, "Max data size", "VmData:");
    address_space.into_iter().chain(data).collect()
}

/// The word after `name` in the line of `text` that begins with it.
fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()
}

/// The limits of the control groups that the process is in, from its own up to the root, of which /proc/self/cgroup and
/// /proc/self/mountinfo are `groups` and `mounts`.
fn groups(groups: &str, mounts: &str) -> Vec<Room> {
    let mut rooms = Vec::new();
    for mount in mounts.lines().filter_map(Mount::parse) {
        let own = groups.lines().find_map(|line| {
            // "4:memory:/job" of the first version, "0::/job" of the second.
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?);
            let is_it = match mount.version {
                Version::First => controllers.split(',').any(|controller| controller == "memory"),
                Version::Second => controllers.is_empty(),
            };
            is_it.then_some(path)
        });
        // A container may see its own group as the root, whatever the group is called outside.
        let inside = own.and_then(|own| Path::new(own).strip_prefix(&mount.root).ok()).unwrap_or(Path::new(""));
        let own = mount.point.join(inside);
        let own = if own.is_dir() { own } else { mount.point.clone() };
        let levels = own.ancestors().take_while(|folder| folder.starts_with(&mount.point));
        rooms.extend(levels.filter_map(|folder| mount.version.room(folder)));
        if mount.version == Version::First {
            rooms.extend(beyond(&mount.point));
        }
    }
    rooms
}

/// The version of control groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    First,
    Second,
}

/// A file system of control groups.
struct Mount {
    version: Version,
    /// The group that is seen at `point`.
    root: PathBuf,
    point: PathBuf,
}

impl Mount {
    /// The one in a line of mountinfo, where it is of control groups that count memory.
    fn parse(line: &str) -> Option<Self> {
        // "35 31 0:32 ROOT POINT rw,relatime - cgroup cgroup rw,memory", with optional fields before the hyphen.
        let (place, what) = line.split_once(" - ")?;
        let mut what = what.split(' ');
        let (kind, options) = (what.next()?, what.nth(1).unwrap_or_default());
        let version = match kind {
            "cgroup2" => Version::Second,
            "cgroup" if options.split(',').any(|option| option == "memory") => Version::First,
            _ => return None,
        };
        let mut place = place.split(' ').skip(3);
        let path = |word: &str| PathBuf::from(word.replace("\\040", " ").replace("\\134", "\\"));
        Some(Self { version, root: path(place.next()?), point: path(place.next()?) })
    }
}

impl Version {
    /// The files that say how much a group may have.
    fn limits(self) -> &'static [&'static str] {
        match self {
            Self::First => &["memory.limit_in_bytes"],
            // What goes beyond the second is slowed down until it stands still.
            Self::Second => &["memory.max", "memory.high"],
        }
    }

    /// The file that says what a group has, and what of it are pages of files, which are given back when memory is wanted.
    fn usage(self) -> (&'static str, [&'static str; 2]) {
        match self {
            Self::First => ("memory.usage_in_bytes", ["total_inactive_file ", "total_active_file "]),
            Self::Second => ("memory.current", ["inactive_file ", "active_file "]),
        }
    }

    /// The limit of the group in `folder`, where it has one.
    fn room(self, folder: &Path) -> Option<Room> {
        let limits = self.limits().iter().map(|name| folder.join(name));
        let (total, file) = limits.filter_map(|file| Some((number(&file)?, file))).min()?;
        Some(Room { limit: Limit::Group(file), total, free: total.saturating_sub(self.used(folder)) })
    }

    /// Bytes that the group in `folder` has and keeps.
    fn used(self, folder: &Path) -> u64 {
        let (usage, cached) = self.usage();
        let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let cached = cached.iter().filter_map(|name| after(&stat, name)?.parse::<u64>().ok());
        number(&folder.join(usage)).unwrap_or(0).saturating_sub(cached.sum())
    }
}

/// The limit of the groups above `folder`, which a container does not see; the first version says it in the group itself.
fn beyond(folder: &Path) -> Option<Room> {
    let file = folder.join("memory.stat");
    let total: u64 = after(&fs::read_to_string(&file).ok()?, "hierarchical_memory_limit ")?.parse().ok()?;
    let own = number(&folder.join("memory.limit_in_bytes")).unwrap_or(u64::MAX);
    let free = total.saturating_sub(Version::First.used(folder));
    (total < own.min(UNLIMITED)).then_some(Room { limit: Limit::Group(file), total, free })
}

/// What the first version has for no limit is a little below 2⁶³.
const UNLIMITED: u64 = 1 << 62;

/// The number in `file`; none where it says "max".
fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok().filter(|number| *number < UNLIMITED)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn limits_of_the_process_count_what_it_has() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max data size             unlimited            unlimited            bytes     \n\
                      Max address space         734003200            unlimited            bytes     \n";
        let status = "VmPeak:\t  300000 kB\nVmSize:\t  204800 kB\nVmData:\t   10240 kB\n";
        let rooms = of_process(limits, status);
        let free = 700 * MB - 200 * MB - ASIDE;
        assert_eq!(rooms, [Room { limit: Limit::AddressSpace, total: 700 * MB, free }]);
        let data =
            of_process(&limits.replace("data size             unlimited", "data size             1048576  "), status);
        assert_eq!(data[1], Room { limit: Limit::Data, total: MB, free: 0 }, "used up");
        assert_eq!(of_process("", ""), [], "a system that does not say");
    }

    /// Every level counts, not the process's own alone, and not only the outermost, as in jobs of Slurm.
    #[test]
    fn every_level_of_the_second_version_counts() {
        let folder = tempfile::tempdir().unwrap();
        let point = folder.path().join("cgroup fs");
        let [job, step] = ["job_1", "job_1/step_0"].map(|name| point.join(name));
        let task = step.join("task_0");
        write(&point, &[("memory.stat", "")]);
        write(&job, &[("memory.max", "838860800\n"), ("memory.current", "104857600\n")]);
        let stat = "anon 1\nfile 62914560\nactive_file 10485760\ninactive_file 10485760\n";
        let high = [("memory.max", "max\n"), ("memory.high", "419430400\n"), ("memory.current", "104857600\n")];
        write(&step, &high);
        write(&step, &[("memory.stat", stat)]);
        write(&task, &[("memory.max", "max\n"), ("memory.current", "52428800\n")]);
        let shown = point.display().to_string().replace(' ', "\\040");
        let mounts = format!(
            "22 1 0:20 / /proc rw - proc proc rw\n30 23 0:27 / {shown} rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
        );
        let rooms = groups("0::/job_1/step_0/task_0\n", &mounts);
        assert_eq!(
            rooms,
            [
                Room { limit: Limit::Group(step.join("memory.high")), total: 400 * MB, free: 320 * MB },
                Room { limit: Limit::Group(job.join("memory.max")), total: 800 * MB, free: 700 * MB },
            ]
        );
        // In a namespace of its own the group is the root, and outside of the mount it is not found: the mount's it is.
        write(&point, &[("memory.max", "209715200\n"), ("memory.current", "0\n")]);
        assert_eq!(groups("0::/\n", &mounts)[0].total, 200 * MB);
        assert_eq!(groups("0::/../elsewhere\n", &mounts)[0].total, 200 * MB);
    }

    #[test]
    fn the_first_version_counts_where_it_is_mounted() {
        let folder = tempfile::tempdir().unwrap();
        let point = folder.path().join("memory");
        let own = point.join("uid_0/job_1");
        let unlimited = ("memory.limit_in_bytes", "9223372036854771712\n");
        write(&point, &[unlimited, ("memory.usage_in_bytes", "5000000000\n")]);
        let stat = "cache 31457280\ntotal_inactive_file 20971520\ntotal_active_file 10485760\n\
                    hierarchical_memory_limit 268435456\n";
        write(&own, &[("memory.limit_in_bytes", "536870912\n"), ("memory.usage_in_bytes", "134217728\n")]);
        write(&own, &[("memory.stat", stat)]);
        let groups_of = "5:cpu,cpuacct:/other\n4:memory:/uid_0/job_1\n0::/\n";
        let line = |root: &str, point: &Path| {
            format!("35 31 0:32 {root} {} rw,relatime - cgroup cgroup rw,memory\n", point.display())
        };
        let room = |file: &str, total, free| Room { limit: Limit::Group(own.join(file)), total, free };
        let limit = room("memory.limit_in_bytes", 512 * MB, 414 * MB);
        assert_eq!(groups(groups_of, &line("/", &point)), std::slice::from_ref(&limit));
        // A container mounts its own group alone; what its parents allow stands in its statistics.
        let seen = groups(groups_of, &line("/uid_0/job_1", &own));
        assert_eq!(seen, [limit, room("memory.stat", 256 * MB, 158 * MB)]);
        assert_eq!(groups("4:cpu:/\n", "35 31 0:32 / /sys rw - cgroup cgroup rw,cpu\n"), []);
    }

    #[test]
    fn the_machine_has_memory() {
        let rooms = rooms();
        assert!(rooms.iter().any(|room| room.limit == Limit::Device && room.total > 1 << 28 && room.free > 0));
        assert!(rooms.windows(2).all(|pair| pair[0].free <= pair[1].free));
    }
}
