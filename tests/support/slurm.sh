#!/usr/bin/env bash
# A private Slurm of one node with four CPUs for tests, on free ports of loopback.
#
#   tests/support/slurm.sh start DIR   prints the path of slurm.conf, for SLURM_CONF
#   tests/support/slurm.sh stop DIR    cancels what runs, stops the daemons and deletes their files
#
# Partitions: `work`, and `urgent`, whose jobs take the node from those of `work`, which are requeued. A job that was
# requeued may start again after a few seconds: the life of a credential, two minutes where nothing else is said.
# DIR holds only the place of the files, which is a folder of its own under /tmp: the paths of sockets are short.
set -euo pipefail
PATH=$PATH:/usr/sbin

for program in munged slurmctld slurmd sbatch; do
  command -v "$program" >/dev/null || { echo "slurm.sh: no $program: apt-get install slurm-wlm munge" >&2; exit 1; }
done

free_ports() {
  python3 -c 'import socket
both = [socket.socket() for _ in range(2)]
for one in both: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in both))'
}

# write_config DIR CONTROLLER_PORT NODE_PORT
write_config() {
  local host
  host=$(hostname -s)
  cat >"$1/slurm.conf" <<END
ClusterName=tideway
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$2
SlurmdPort=$3
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$1/munge.socket,cred_expire=5
StateSaveLocation=$1/state
SlurmdSpoolDir=$1/spool
SlurmctldPidFile=$1/slurmctld.pid
SlurmdPidFile=$1/slurmd.pid
SlurmctldLogFile=$1/slurmctld.log
SlurmdLogFile=$1/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MailProg=/bin/true
KillWait=10
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=work Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10
END
}

# is_up DIR: the node takes jobs.
is_up() {
  [ "$(SLURM_CONF=$1/slurm.conf sinfo -h -o %T -p work 2>/dev/null)" = idle ]
}

start() {
  local dir controller node
  dir=$(mktemp -d /tmp/tideway-slurm.XXXXXX)
  chmod 755 "$dir"
  mkdir -p "$1" "$dir/state" "$dir/spool" && echo "$dir" >"$1/cluster"
  read -r controller node < <(free_ports)
  write_config "$dir" "$controller" "$node"
  (umask 077 && head -c 128 /dev/urandom >"$dir/munge.key")
  munged --socket="$dir/munge.socket" --key-file="$dir/munge.key" --pid-file="$dir/munged.pid" \
    --seed-file="$dir/munge.seed" --log-file="$dir/munged.log" >"$dir/start.log" 2>&1
  slurmctld -f "$dir/slurm.conf" >>"$dir/start.log" 2>&1
  slurmd -f "$dir/slurm.conf" -N "$(hostname -s)" >>"$dir/start.log" 2>&1
  for _ in $(seq 300); do
    if is_up "$dir"; then echo "$dir/slurm.conf" && return; fi
    sleep 0.1
  done
  tail -n 30 "$dir"/*.log >&2
  exit 1
}

# end PID_FILE: asks the daemon to end, and waits until it has.
end() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

stop() {
  [ -e "$1/cluster" ] || return 0
  local dir
  dir=$(cat "$1/cluster")
  export SLURM_CONF=$dir/slurm.conf
  scancel --user="$(id -un)" >/dev/null 2>&1 || true
  scancel --user="$(id -un)" --signal=KILL --full >/dev/null 2>&1 || true
  for daemon in slurmd slurmctld munged; do end "$dir/$daemon.pid"; done
  case $dir in /tmp/tideway-slurm.*) rm -rf "$dir" "$1/cluster" ;; esac
}

case ${1:-} in
  start | stop) "$1" "${2:?usage: slurm.sh start|stop DIR}" ;;
  *) echo "usage: slurm.sh start|stop DIR" >&2 && exit 2 ;;
esac
