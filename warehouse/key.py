"""64-bit keys of texts, for look-ups that must not read the texts of the whole history.

A key is stored, so its function never changes: pandas' hash of UTF-8 text with a fixed hash key, which is the same on
every machine and in every process.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Keys = npt.NDArray[np.uint64]

_HASH_KEY: Final = "cm-dashboard-key"  # 16 bytes, as pandas wants it
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying by it loses nothing


def text_keys(texts: pa.Array | pa.ChunkedArray) -> Keys:
    """Keys of texts.

    Args:
        texts: strings without nulls.

    Returns:
        One key per text, in the same order.
    """
    coded = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if len(coded) == 0:
        return np.empty(0, dtype=np.uint64)
    return pd.util.hash_array(coded.to_numpy(zero_copy_only=False), hash_key=_HASH_KEY, categorize=False)


def repeated_text_keys(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Keys of texts of which many are the same or null; a null has no key.

    Returns:
        uint64, one per text.
    """
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    coded = whole.dictionary_encode()
    return pa.array(text_keys(coded.dictionary), type=pa.uint64()).take(coded.indices)


def asset_keys(metrics: pa.Array | pa.ChunkedArray, assets: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Keys of what readings are of.

    Args:
        metrics: code of the metric; null where an event is no reading.
        assets: code of the asset, or of the area where no asset is named.

    Returns:
        uint64, one per event; null where either is.
    """
    of_metric, of_asset = repeated_text_keys(metrics), repeated_text_keys(assets)
    with np.errstate(over="ignore"):
        mixed = of_metric.fill_null(0).to_numpy() ^ (of_asset.fill_null(0).to_numpy() * _SPREAD)
    return pc.if_else(pc.and_(of_metric.is_valid(), of_asset.is_valid()), pa.array(mixed), None)


def ref_keys(sources: pa.Array | pa.ChunkedArray, refs: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Keys of the events that others correct or retract. Returns: uint64, one per event; null where none is named."""
    keys = np.zeros(len(refs), dtype=np.uint64)
    named = np.asarray(refs.is_valid())
    keys[named] = event_keys(sources.filter(pa.array(named)), refs.drop_null())
    return pa.array(keys, mask=~named)


def event_keys(sources: pa.Array | pa.ChunkedArray, event_ids: pa.Array | pa.ChunkedArray) -> Keys:
    """Keys of events: the source decides which of two equal event_ids is meant.

    Args:
        sources: name of the source of each event, few different ones, no nulls.
        event_ids: unique within their source, no nulls.

    Returns:
        One key per event.
    """
    of_source = np.asarray(repeated_text_keys(sources), dtype=np.uint64)
    with np.errstate(over="ignore"):
        return text_keys(event_ids) ^ (of_source * _SPREAD)
