#!/bin/sh
# Join the Ray cluster that RAY_HEAD names, as a node that works on nothing, then become the container's command.
# A driver reaches a cluster through a node of it on its own machine; Ray's client for drivers outside is an extra of its own.
set -eu
if [ -n "${RAY_HEAD:-}" ] && [ "${TALENTFLOW_RAY_ADDRESS:-}" = auto ]; then
    ray start --address="$RAY_HEAD" --num-cpus=0 --disable-usage-stats >&2
fi
exec "$@"
