//! What kind of object file it is, and how that differs from what this process can load.

use std::borrow::Cow;
use std::fmt;

/// How the file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Container {
    /// Linux, Android, the BSDs.
    Elf,
    /// macOS and its kin.
    MachO,
    /// Windows.
    Pe,
}

impl Container {
    /// What this process's system loads.
    pub const HOST: Self = if cfg!(target_vendor = "apple") {
        Self::MachO
    } else if cfg!(windows) {
        Self::Pe
    } else {
        Self::Elf
    };
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Elf => "ELF",
            Self::MachO => "Mach-O",
            Self::Pe => "PE",
        })
    }
}

/// What the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A compiler's output, not linked.
    Relocatable,
    /// A program at a fixed address.
    Executable,
    /// A library, or a program that can lie anywhere (ELF does not tell them apart).
    Shared,
    /// What a crash left.
    Core,
    /// Something else that the format knows.
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Relocatable => "relocatable object",
            Self::Executable => "executable",
            Self::Shared => "shared object",
            Self::Core => "core file",
            Self::Other => "file of another type",
        })
    }
}

/// What kind of object file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Format {
    /// How the file is laid out.
    pub container: Container,
    /// 32 or 64.
    pub bits: u8,
    /// Whether numbers begin with their most significant byte.
    pub big_endian: bool,
    /// The processor, as the container numbers it; [`Format::arch`] names it.
    pub machine: u32,
    /// What the file is for.
    pub kind: Kind,
    /// ELF's number of the system; 0 for "any Unix".
    pub os_abi: u8,
}

impl Format {
    /// The processor's name, as `std::env::consts::ARCH` has it; a number where it is not known.
    pub fn arch(&self) -> Cow<'static, str> {
        let wide = self.bits == 64;
        Cow::Borrowed(match (self.container, self.machine) {
            (Container::Elf, 62) | (Container::MachO, 0x0100_0007) | (Container::Pe, 0x8664) => "x86_64",
            (Container::Elf, 3) | (Container::MachO, 7) | (Container::Pe, 0x14c) => "x86",
            (Container::Elf, 183) | (Container::MachO, 0x0100_000c) | (Container::Pe, 0xaa64) => "aarch64",
            (Container::Elf, 40) | (Container::MachO, 12) | (Container::Pe, 0x1c4) => "arm",
            (Container::Elf, 243) if wide => "riscv64",
            (Container::Elf, 243) => "riscv32",
            (Container::Elf, 258) if wide => "loongarch64",
            (Container::Elf, 258) => "loongarch32",
            (Container::Elf, 21) => "powerpc64",
            (Container::Elf, 20) => "powerpc",
            (Container::Elf, 22) if wide => "s390x",
            (Container::Elf, 43) => "sparc64",
            (Container::Elf, 8) if wide => "mips64",
            (Container::Elf, 8) => "mips",
            (_, machine) => return Cow::Owned(format!("machine {machine:#x}")),
        })
    }

    /// Why this process can not load such a file, as one clause with both sides; `None` where it can.
    pub fn foreign(&self) -> Option<String> {
        let host_bits = usize::BITS as u8;
        let host_arch = std::env::consts::ARCH;
        if self.container != Container::HOST {
            Some(format!("is a {} file, and this host loads {}", self.container, Container::HOST))
        } else if self.arch() != host_arch {
            Some(format!("is made for {}, and this host is {host_arch}", self.arch()))
        } else if self.bits != host_bits {
            Some(format!("is a {}-bit file, and this host is {host_bits}-bit", self.bits))
        } else if self.big_endian != cfg!(target_endian = "big") {
            let order = |big| if big { "big-endian" } else { "little-endian" };
            Some(format!("is {}, and this host is {}", order(self.big_endian), order(!self.big_endian)))
        } else if cfg!(target_os = "linux") && !matches!(self.os_abi, 0 | 3) {
            Some(format!("is made for {}, and this host is Linux", self.os()))
        } else {
            None
        }
    }

    fn os(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self.os_abi {
            2 => "NetBSD",
            6 => "Solaris",
            9 => "FreeBSD",
            12 => "OpenBSD",
            other => return Cow::Owned(format!("system {other}")),
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-bit ", self.container, self.bits)?;
        if self.big_endian {
            write!(f, "big-endian ")?;
        }
        write!(f, "{} {}", self.arch(), self.kind)?;
        if !matches!(self.os_abi, 0 | 3) {
            write!(f, " for {}", self.os())?;
        }
        Ok(())
    }
}
