#!/bin/sh
# Runs ranks on hosts of our own making, one rank a host: network namespaces with a bridge between them. Needs root,
# iproute2 and Open MPI.
#
#     hosts.sh run HOSTS PROGRAM [ARGUMENT...]      starts one rank a host
#     hosts.sh cut HOSTS PROGRAM [ARGUMENT...]      cuts off the last host once a rank has printed a line
#
# RATE=1gbit limits what each host sends.
set -eu

usage() {
    sed -n '5,6p' "$0" >&2
    exit 2
}

[ $# -ge 3 ] || usage
mode=$1 hosts=$2
shift 2
[ "$mode" = run ] || [ "$mode" = cut ] || usage

name="ranks$$"
folder=$(mktemp -d)

finish() {
    # What still runs on a host that was cut off, and the namespaces.
    for host in switch $(seq "$hosts"); do
        ip netns pids "$name-$host" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
        ip netns delete "$name-$host" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap finish EXIT


ip netns add "$name-switch"
ip -n "$name-switch" link add switch type bridge
ip -n "$name-switch" link set switch up
for host in $(seq "$hosts"); do
    ip netns add "$name-$host"
    ip -n "$name-switch" link add "port$host" type veth peer name eth0 netns "$name-$host"
    ip -n "$name-switch" link set "port$host" master switch up
    ip -n "$name-$host" address add "10.77.0.$host/24" dev eth0
    ip -n "$name-$host" link set eth0 up
    ip -n "$name-$host" link set lo up
    # Linux sends to a host that is cut off for 15 minutes before it gives up; here for about two seconds.
    ip netns exec "$name-$host" sh -c "echo 3 > /proc/sys/net/ipv4/tcp_retries2"
    [ -z "${RATE:-}" ] || ip netns exec "$name-$host" tc qdisc add dev eth0 root tbf rate "$RATE" burst 1mb latency 50ms
done

# Open MPI starts its daemons by this in place of ssh: ADDRESS COMMAND...
cat > "$folder/shell" <<END
#!/bin/sh
host=\${1##*.}
shift
exec ip netns exec $name-\$host unshare --uts sh -c "hostname host\$host && \$*"
END
chmod +x "$folder/shell"

list=$(seq -s , -f '10.77.0.%g:1' "$hosts")
# A host that is cut off answers no more: Open MPI would wait for it for many minutes. After three seconds without an
# answer it counts as lost.
set -- mpirun --host "$list" -n "$hosts" --mca plm_rsh_agent "$folder/shell" --mca btl tcp,self \
    --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 \
    --mca oob_tcp_keepalive_time 1 --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes 2 "$@"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

if [ "$mode" = run ]; then
    "$folder/shell" 10.77.0.1 "$*"
    exit
fi

"$folder/shell" 10.77.0.1 "$*" > "$folder/output" 2>&1 &
mpirun=$!
while [ ! -s "$folder/output" ] && kill -0 "$mpirun" 2>/dev/null; do
    sleep 0.05
done
ip -n "$name-switch" link set "port$hosts" down
cut=$(date +%s%N)
milliseconds() {
    echo $((($(date +%s%N) - cut) / 1000000))
}
while ! grep -q "all ranks end" "$folder/output" && kill -0 "$mpirun" 2>/dev/null; do
    sleep 0.05
done
named=$(milliseconds)
wait "$mpirun" && code=0 || code=$?
ended=$(milliseconds)
cat "$folder/output"
echo "host $hosts was cut off: named after $named ms, mpirun ended after $ended ms with code $code"
