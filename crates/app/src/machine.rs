//! How much of this machine the process may take: processors and memory, by the limits of its control
//! group where there are any (both versions of the kernel's interface), else what the machine has.

use std::fmt;
use std::path::{Path, PathBuf};

/// A MiB.
const MIB: u64 = 1024 * 1024;
/// Version 1 writes "no limit" as the largest number of whole pages; anything near it is none.
const NO_LIMIT: u64 = 1 << 60;

/// What there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Machine {
    /// Processors, at least one; a part of one counts as one.
    pub processors: u32,
    /// Memory in MiB; `None` where nobody says.
    pub memory_mib: Option<u64>,
}

impl Machine {
    /// This one.
    pub fn of_process() -> Self {
        let all = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self::below(Path::new("/"), u32::try_from(all).unwrap_or(u32::MAX))
    }

    /// That whose `/proc` and `/sys` lie below `root`, of so many processors.
    fn below(root: &Path, processors: u32) -> Self {
        let groups = groups(root);
        let quota = groups.iter().filter_map(Group::processors).min();
        let limit = groups.iter().filter_map(Group::memory_bytes).min();
        let memory = limit.into_iter().chain(total_bytes(root)).min();
        Self {
            processors: quota.map_or(processors, |quota| quota.min(processors)).max(1),
            memory_mib: memory.map(|bytes| bytes / MIB),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "default for {} processors", self.processors)?;
        match self.memory_mib {
            Some(memory) => write!(f, " and {memory} MiB of memory"),
            None => Ok(()),
        }
    }
}

/// A folder of a control group.
struct Group(PathBuf);

impl Group {
    /// What of a processor its members may take together, rounded up.
    fn processors(&self) -> Option<u32> {
        let (quota, period): (u64, u64) = match self.text("cpu.max") {
            Some(text) => {
                let (quota, period) = text.split_once(' ')?;
                (quota.parse().ok()?, period.trim().parse().ok()?)
            }
            // Without a limit the quota is -1.
            None => (self.number("cpu.cfs_quota_us")?, self.number("cpu.cfs_period_us")?),
        };
        let whole = quota.div_ceil(period.max(1));
        u32::try_from(whole).ok().map(|whole| whole.max(1))
    }

    fn memory_bytes(&self) -> Option<u64> {
        let limit = self.number("memory.max").or_else(|| self.number("memory.limit_in_bytes"));
        limit.filter(|bytes| *bytes < NO_LIMIT)
    }

    fn number(&self, file: &str) -> Option<u64> {
        self.text(file)?.parse().ok()
    }

    fn text(&self, file: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.0.join(file)).ok()?;
        Some(text.trim().to_owned())
    }
}

/// The groups of this process and those around them: the tightest limit holds.
fn groups(root: &Path) -> Vec<Group> {
    let mounted = root.join("sys/fs/cgroup");
    let Ok(lines) = std::fs::read_to_string(root.join("proc/self/cgroup")) else {
        return Vec::new();
    };
    let mut groups = Vec::new();
    for line in lines.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        // Version 2 names no controllers and has one tree; version 1 has one for each.
        let tops: Vec<PathBuf> = if controllers.is_empty() {
            vec![mounted.clone(), mounted.join("unified")]
        } else {
            let words = controllers.split(',');
            let wanted = words.filter(|word| matches!(*word, "cpu" | "memory"));
            wanted.map(|word| mounted.join(word)).collect()
        };
        for top in tops {
            // In a container the path may be the host's, and not there; the top is.
            let own = top.join(path.trim_start_matches('/'));
            let around = own.ancestors().take_while(|folder| folder.starts_with(&top));
            groups.extend(around.map(|folder| Group(folder.to_owned())));
        }
    }
    groups
}

/// `MemTotal:  12345 kB`
fn total_bytes(root: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine of 8 processors and 16 GiB with these files.
    fn machine(files: &[(&str, &str)]) -> Machine {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [("proc/meminfo", "MemTotal: 16777216 kB\n")].iter().chain(files) {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Machine::below(root.path(), 8)
    }

    fn of(processors: u32, memory_mib: u64) -> Machine {
        Machine { processors, memory_mib: Some(memory_mib) }
    }

    #[test]
    fn without_limits_it_is_the_machine() {
        assert_eq!(machine(&[]), of(8, 16_384));
        let unlimited = [
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", "max\n"),
            ("sys/fs/cgroup/cpu.max", "max 100000\n"),
        ];
        assert_eq!(machine(&unlimited), of(8, 16_384));
    }

    #[test]
    fn the_tightest_limit_of_version_2_holds() {
        let files = [
            ("proc/self/cgroup", "0::/system.slice/flockwork.service\n"),
            ("sys/fs/cgroup/system.slice/memory.max", "536870912\n"),
            ("sys/fs/cgroup/system.slice/flockwork.service/memory.max", "1073741824\n"),
            ("sys/fs/cgroup/system.slice/flockwork.service/cpu.max", "150000 100000\n"),
        ];
        assert_eq!(machine(&files), of(2, 512));
    }

    #[test]
    fn version_1_has_a_tree_for_each_and_the_top_counts_in_a_container() {
        let files = [
            ("proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n0::/x\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "134217728\n"),
            ("sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "50000\n"),
            ("sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us", "100000\n"),
            ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"),
            ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
        ];
        assert_eq!(machine(&files), of(1, 128));
        let unlimited = [
            ("proc/self/cgroup", "3:memory:/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        assert_eq!(machine(&unlimited), of(8, 16_384));
    }
}
