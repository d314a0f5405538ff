# SPDX-License-Identifier: Apache-2.0
"""Failures and restarts: how long a cluster runs between interruptions, and what share of the time is useful."""

from __future__ import annotations

from typing import Any

from chipgauge.calc.formula import exp, formula, sqrt


@formula(
    returns="s",
    cite="Kokolis et al. 2025 (HPCA), Revisiting reliability in large-scale machine learning research clusters",
    nodes="1",
    failure_rate="1/s",
)
def mean_time_to_failure(*, nodes: Any, failure_rate: Any) -> Any:
    """Return the mean time between failures of a job on so many nodes. [s]

    Parameters
    ----------
    nodes : numeric
        Number of nodes. [1]
    failure_rate : numeric
        Failures per node and time. [1/s]

    Notes
    -----
    Fitted on large jobs: at 1,024 GPUs it gives 28.8 h where 7.9 h were measured.

    Examples
    --------
    16,384 GPUs in nodes of 8, 6.5e-3 failures per node-day, in hours:

    >>> round(mean_time_to_failure(nodes=16384 / 8, failure_rate=6.5e-3 / 86400) / 3600, 3)
    1.803
    """
    return 1 / (nodes * failure_rate)


@formula(
    returns="s",
    cite="Young 1974, A first order approximation to the optimum checkpoint interval",
    mttf="s",
    write_time="s",
)
def checkpoint_interval(*, mttf: Any, write_time: Any) -> Any:
    """Return the interval between checkpoints that loses least. [s]

    >>> round(checkpoint_interval(mttf=6490, write_time=60))
    882
    """
    return sqrt(2 * mttf * write_time)


@formula(
    returns="1",
    cite="Kokolis et al. 2025 (HPCA): expected effective training time ratio",
    mttf="s",
    restart_time="s",
    interval="s",
    write_time="s",
)
def effective_training_time_ratio(*, mttf: Any, restart_time: Any, interval: Any, write_time: Any) -> Any:
    """Return the share of the time that ends up in the model. [1]

    Parameters
    ----------
    mttf : numeric
        Mean time between failures of the job. [s]
    restart_time : numeric
        From a failure until training goes on. [s]
    interval, write_time : numeric
        Between two checkpoints, and the time training stands still to write one. [s]

    Notes
    -----
    A first-order expression: it holds while a restart and half an interval are short against `mttf`.

    Examples
    --------
    >>> round(effective_training_time_ratio(mttf=6490, restart_time=300, interval=882, write_time=10), 3)
    0.876
    """
    return (1 - (restart_time + interval / 2) / mttf) / (1 + write_time / interval)


@formula(returns="1", cite="definition", chips="1", node_chips="1")
def job_nodes(*, chips: Any, node_chips: Any) -> Any:
    """Return the number of nodes of a job. [1]

    >>> job_nodes(chips=16384, node_chips=8)
    2048.0
    """
    return chips / node_chips


@formula(
    returns="1",
    cite="Daly 2006, A higher order estimate of the optimum checkpoint interval for restart dumps",
    mttf="s",
    restart_time="s",
    interval="s",
    write_time="s",
)
def effective_share(*, mttf: Any, restart_time: Any, interval: Any, write_time: Any) -> Any:
    """Return the share of the time that ends up in the model, also where failures are frequent. [1]

    Parameters
    ----------
    mttf : numeric
        Mean time between failures of the job; failures come at random, at a constant rate. [s]
    restart_time : numeric
        From a failure until training goes on. [s]
    interval, write_time : numeric
        Training between two checkpoints, and the time training stands still to write one. [s]

    Notes
    -----
    For a restart and an interval that are short against `mttf` it agrees with `effective_training_time_ratio`.

    Examples
    --------
    >>> round(effective_share(mttf=6490, restart_time=300, interval=882, write_time=10), 3)
    0.88
    """
    # exp of negative numbers only: the printed form overflows where the mean time to failure is far below the interval
    return (
        interval
        * exp(-(restart_time + interval + write_time) / mttf)
        / (mttf * (1 - exp(-(interval + write_time) / mttf)))
    )


@formula(
    returns="1",
    cite="definition: batch over the tokens of one replica, times the chips of one replica",
    critical_batch="1",
    replica_tokens="1",
    replica_chips="1",
)
def most_useful_chips(*, critical_batch: Any, replica_tokens: Any, replica_chips: Any) -> Any:
    """Return the number of chips beyond which a larger batch no longer pays. [1]

    >>> most_useful_chips(critical_batch=16e6, replica_tokens=8192, replica_chips=128)
    250000.0
    """
    return critical_batch / replica_tokens * replica_chips


@formula(
    returns="s",
    cite="definition: operations over the useful rate of the cluster",
    operations="op",
    chips="1",
    peak="op/s",
    mfu="1",
    effective="1",
)
def training_time(*, operations: Any, chips: Any, peak: Any, mfu: Any, effective: Any) -> Any:
    """Return how long a training run takes. [s]

    Parameters
    ----------
    operations : numeric
        Operations of the run. [op]
    chips, peak : numeric
        Number of chips, and the dense peak of one at the format in which `mfu` is measured. [1], [op/s]
    mfu, effective : numeric
        Model FLOP utilisation, and the share of the time that counts (1 where `mfu` includes it). [1]

    Examples
    --------
    Llama 3.1 405B, 3.8e25 FLOP on 16,384 H100 at an MFU of 0.40, in days:

    >>> seconds = training_time(operations=3.8e25, chips=16384, peak=989.5e12, mfu=0.40, effective=1)
    >>> round(seconds / 86400, 1)
    67.8
    """
    return operations / (chips * peak * mfu * effective)


__all__ = [
    "checkpoint_interval",
    "effective_share",
    "effective_training_time_ratio",
    "job_nodes",
    "mean_time_to_failure",
    "most_useful_chips",
    "training_time",
]
