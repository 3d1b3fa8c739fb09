#!/bin/bash
# Fifty minutes of new seeds in eight tasks: sbatch slurm-array.sh. The ids must be a range, for a shard each.
# Afterwards: sbatch --dependency=afterany:ARRAY --wrap 'raftcheck merge out/ARRAY --out merged/ARRAY'
#SBATCH --job-name=raftcheck
#SBATCH --array=0-7
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=01:15:00
#SBATCH --output=raftcheck-%A-%a.log
# Two minutes before its time is up the program is told to end.
#SBATCH --signal=B:TERM@120
set -euo pipefail
mkdir -p "out/$SLURM_ARRAY_JOB_ID"
# In place of the shell, which would keep signals to itself. All tasks begin at the same seed, which the array's id makes.
exec raftcheck fuzz --shard auto --seed-from "array $SLURM_ARRAY_JOB_ID" --time 50m --out "out/$SLURM_ARRAY_JOB_ID/$SLURM_ARRAY_TASK_ID"
