"""Reads event files with TensorBoard's own reader and prints their content, for manual checks.

Run: python3 tools/golden/read_event_files.py <folder>        Needs the package tensorboard.
"""
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "histograms": 0, "tensors": 0}).Reload()
tags = events.Tags()
for tag in tags["scalars"]:
    print("scalar", tag, [(event.step, event.value) for event in events.Scalars(tag)])
for tag in tags["histograms"]:
    print("histogram", tag, [(event.step, event.histogram_value.num, event.histogram_value.min, event.histogram_value.max) for event in events.Histograms(tag)])
for tag in tags["images"]:
    print("image", tag, [(event.step, event.width, event.height, len(event.encoded_image_string)) for event in events.Images(tag)])
for tag in tags["tensors"]:
    print("tensor", tag, [(event.step, [dim.size for dim in event.tensor_proto.tensor_shape.dim]) for event in events.Tensors(tag)], events.SummaryMetadata(tag).plugin_data.plugin_name)
