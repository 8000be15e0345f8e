//! What a program may not ask of the kernel: the network, other processes, and what only rules the machine.
//!
//! Landlock looks at no socket of UDP or of this machine, at no memory and no queue that processes share by a number, and not at who
//! owns a file and who may read it: so these calls are refused as a whole. A pair of connected sockets that a process makes for itself
//! is none of them; one of datagrams is, since each of its ends sends to whatever socket of this machine it names.

use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter,
};
use std::collections::BTreeMap;
use std::env::consts::ARCH;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Not permitted.
const EPERM: u32 = 1;
/// The kernel has no such call: whoever asks then does it as before there was one.
const ENOSYS: u32 = 38;

/// Calls that every architecture has under one number, since Linux 5.1: of some of them libc has no name yet.
const OPEN_TREE: i64 = 428;
const MOVE_MOUNT: i64 = 429;
const FSOPEN: i64 = 430;
const FSCONFIG: i64 = 431;
const FSMOUNT: i64 = 432;
const FSPICK: i64 = 433;
const IO_URING_SETUP: i64 = 425;
const CLONE3: i64 = 435;
const PIDFD_GETFD: i64 = 438;
const OPENAT2: i64 = 437;
const PROCESS_MADVISE: i64 = 440;
const MOUNT_SETATTR: i64 = 442;
const QUOTACTL_FD: i64 = 443;
const FCHMODAT2: i64 = 452;
const SETXATTRAT: i64 = 463;
const REMOVEXATTRAT: i64 = 466;
const OPEN_TREE_ATTR: i64 = 467;
const FILE_SETATTR: i64 = 469;

/// What is done by io_uring no filter sees, nor in which namespaces clone3 makes a process: its flags stand in memory.
const UNKNOWN: &[i64] = &[IO_URING_SETUP, CLONE3];

const REFUSED: &[i64] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    PIDFD_GETFD,
    PROCESS_MADVISE,
    // What processes share that know a number or a name.
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    // Another view of the machine: mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    OPEN_TREE,
    OPEN_TREE_ATTR,
    MOVE_MOUNT,
    FSOPEN,
    FSCONFIG,
    FSMOUNT,
    FSPICK,
    MOUNT_SETATTR,
    // Who owns a file, and who may read it, by its name.
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    FCHMODAT2,
    SETXATTRAT,
    REMOVEXATTRAT,
    FILE_SETATTR,
    // Keys and the kernel's own machines.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    // The machine as a whole.
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    QUOTACTL_FD,
    libc::SYS_fanotify_init,
    libc::SYS_acct,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
];

/// What some architectures have besides, or under another number.
#[cfg(target_arch = "x86_64")]
const FURTHER: &[i64] =
    &[libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown, libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_kexec_file_load];
/// kexec_file_load, for which libc has a name on some architectures alone.
#[cfg(not(target_arch = "x86_64"))]
const FURTHER: &[i64] = &[294];

/// Families of sockets of the network: IPv4, IPv6, and the one by which the machine's own addresses are looked up.
const FAMILIES: [u64; 3] = [2, 10, 16];
/// The family of sockets of this machine.
const OF_MACHINE: u64 = 1;
/// The kind of a socket among its flags; datagrams, and what the kernel makes datagrams of within this machine.
const SOCKET_KIND: u64 = 0xf;
const DATAGRAMS: [u64; 2] = [2, 3];
/// How a file is opened, and that it is emptied; the same by what only reads, or does neither.
const HOW_OPENED: u64 = 0o1003;
const EMPTIED_UNWRITTEN: [u64; 2] = [0o1000, 0o1003];
/// Flags of clone that make namespaces: mounts, cgroups, name, messages, users, processes, network.
const NAMESPACES: [u64; 7] =
    [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000];

/// Refuses these calls to this thread and to what it becomes; `empties` says that to empty a file without the right to is one of them.
pub(super) fn refuse(network: bool, empties: bool) -> Result<(), Error> {
    // The flags of openat2 stand in memory too.
    let unknown = UNKNOWN.iter().chain(empties.then_some(&OPENAT2));
    apply(unknown.map(|call| (*call, Vec::new())).collect(), ENOSYS)?;
    apply(refused(network, empties)?, EPERM)
}

fn refused(network: bool, empties: bool) -> Result<Rules, Error> {
    let mut rules: Rules = REFUSED.iter().chain(FURTHER).map(|call| (*call, Vec::new())).collect();
    if empties {
        rules.insert(libc::SYS_truncate, Vec::new());
        rules.insert(libc::SYS_openat, any_of(2, HOW_OPENED, &EMPTIED_UNWRITTEN)?);
        #[cfg(target_arch = "x86_64")]
        rules.insert(libc::SYS_open, any_of(1, HOW_OPENED, &EMPTIED_UNWRITTEN)?);
    }
    let mut sockets = Vec::new();
    if network {
        let other = FAMILIES.iter().map(|family| where_arg(0, SeccompCmpOp::Ne, *family));
        sockets.push(SeccompRule::new(other.collect::<Result<Vec<_>, _>>()?)?);
    }
    rules.insert(libc::SYS_socket, sockets);
    let mut pairs = any_of(1, SOCKET_KIND, &DATAGRAMS)?;
    pairs.push(SeccompRule::new(vec![where_arg(0, SeccompCmpOp::Ne, OF_MACHINE)?])?);
    rules.insert(libc::SYS_socketpair, pairs);
    // Limits of a process other than itself.
    rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![where_arg(0, SeccompCmpOp::Ne, 0)?])?]);
    let mut clones = Vec::new();
    for flag in NAMESPACES {
        clones.extend(any_of(0, flag, &[flag])?);
    }
    rules.insert(libc::SYS_clone, clones);
    Ok(rules)
}

/// Whether these bits of an argument are any of these.
fn any_of(at: u8, bits: u64, values: &[u64]) -> Result<Vec<SeccompRule>, Error> {
    let mut rules = Vec::new();
    for value in values {
        rules.push(SeccompRule::new(vec![where_arg(at, SeccompCmpOp::MaskedEq(bits), *value)?])?);
    }
    Ok(rules)
}

/// The kernel looks at the lower half alone of what is compared here.
fn where_arg(at: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompCondition, Error> {
    Ok(SeccompCondition::new(at, SeccompCmpArgLen::Dword, is, value)?)
}

fn apply(rules: Rules, answer: u32) -> Result<(), Error> {
    let arch = TargetArch::try_from(ARCH)?;
    let filter = SeccompFilter::new(doubled(rules), SeccompAction::Allow, SeccompAction::Errno(answer), arch)?;
    apply_filter(&BpfProgram::try_from(filter)?)
}

/// A kernel may take each call of x86_64 under a second number, and a few under numbers of their own (x32).
#[cfg(target_arch = "x86_64")]
fn doubled(mut rules: Rules) -> Rules {
    const X32: i64 = 0x4000_0000;
    /// ptrace, kexec_load, process_vm_readv, process_vm_writev.
    const OWN: [i64; 4] = [521, 528, 539, 540];
    let second: Vec<_> = rules.iter().map(|(call, rules)| (call | X32, rules.clone())).collect();
    let own = OWN.iter().filter(|_| rules.contains_key(&libc::SYS_ptrace)).map(|call| (call | X32, Vec::new()));
    let own: Vec<_> = own.collect();
    rules.extend(second.into_iter().chain(own));
    rules
}

#[cfg(not(target_arch = "x86_64"))]
fn doubled(rules: Rules) -> Rules {
    rules
}
