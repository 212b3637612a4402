"""Rows of published suites of networks: published figures against predictions, each suite in its own words."""

from __future__ import annotations

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file

HEAD = (
    "case_id,family,task,model,device,n_device,mode,batch,input_size,precision,framework,params_M,gmacs,macts_M,"
    "metric,value,unit,notes"
)
TRAIN = "MLPerf submission"
DLE = "Training performance: NVIDIA DGX A100 (8x A100 80GB)"
OFFLINE = """
o1,mlperf-inference-v3.0,cnn,resnet50,A100-SXM-80GB,8,inference Offline,,,int8,,,,,throughput,314992,samples/s,
o2,mlperf-inference-v3.0,nlp,bert-99,NVIDIA A30,1,inference Offline,,,int8,,,,,throughput,1708,samples/s,
o3,mlperf-inference-v4.1,nlp,bert-99,H100-SXM-80GB,8,inference Offline,,,int8,,,,,throughput,71808,samples/s,
o4,mlperf-inference-v4.1,seg,3d-unet-99,H100-SXM-80GB,8,inference Offline,,,int8,,,,,throughput,51.8,samples/s,
o5,mlperf-inference-v3.0,det,retinanet,NVIDIA A40,1,inference Offline,,,int8,,,,,throughput,314.6,samples/s,
o6,mlperf-inference-v3.0,speech,rnnt,H100-PCIe-80GB,1,inference Offline,,,fp16,,,,,throughput,16880,samples/s,
"""
TRAINING = """
t1,mlperf-training-v3.1,cnn,ResNet-50,H100-SXM5-80GB,8,training,3200,,mixed,,,,,throughput,56435,samples/s,x
t2,mlperf-training-v4.1,nlp,bert,H100-SXM5-80GB,8,training,768,,mixed,,,,,throughput,7560,samples/s,x
t3,mlperf-training-v3.1,seg,unet3d,H100-PCIe-80GB,8,training,56,,mixed,,,,,throughput,354,samples/s,x
t4,lambda-train,t,resnet50,8x A100 80GB SXM4,8,training,5120,,fp32/tf32,PyTorch,,,,throughput,8500,samples/s,
t5,lambda-train,t,bert_large_squad,H100 80GB SXM5,1,training,64,,fp32/tf32,PyTorch,,,,throughput,141,samples/s,
t6,lambda-train,training,bert_base_squad,RTX 4090,1,training,48,,fp32/tf32,PyTorch,,,,throughput,130,samples/s,
"""
EDGE = """
e1,horizon-rdk,det,YOLOv8x,Horizon BPU RDK X5,1,inference 1 thread,,640×640,int8 BPU,,68.2 M,257.8 B,,BPU,10.8,FPS,x
e2,horizon-rdk,det,YOLOv8m,Horizon BPU RDK X5,1,inference 1 thread,,640×640,int8 BPU,,25.9 M,78.9 B,,BPU,29.4,FPS,x
e3,horizon-rdk,cls,RepVGG_B0,Horizon BPU RDK X5,1,inference,,224x224,int8 BPU,,14.33,,,Frame rate(FPS),410.5,FPS,x
e4,mlperf-inference-v3.0,cnn,resnet50,NVIDIA Orin NX,1,inference Offline,,,int8,,,,,throughput,2517,samples/s,
"""
ODD = """
x1,lambda-train,training,num_gpu,RTX 3090,1,training,1,,fp32/tf32,PyTorch,,,,throughput,1,samples/s,
x2,mlperf-training-v3.1,cnn,bert,H100-SXM5-80GB,8,training,768,,mixed,,,,,time-to-train,5.4,min,x
x3,horizon-rdk,det,YOLOv8x,Horizon BPU RDK X5,1,inference,,640×640,int8 BPU,,68.2 M,,,post-processing time,12,ms,x
"""


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    def of(rows):
        path = tmp_path_factory.mktemp("cases") / "suite.csv"
        path.write_text(HEAD + rows)
        return predict_file(path, Catalog.load())

    return of


def median(predictions):
    assert all(p.answered for p in predictions), [p.reason for p in predictions]
    return float(np.median([abs(p.error) for p in predictions]))


def test_offline_throughput_is_within_20_percent(errors):
    assert median(errors(OFFLINE)) < 0.20


def test_training_throughput_is_within_20_percent(errors):
    assert median(errors(TRAINING)) < 0.20


def test_edge_rates_are_within_25_percent(errors):
    assert median(errors(EDGE)) < 0.25


def test_rows_that_measure_something_else_say_so(errors):
    reasons = [p.reason for p in errors(ODD)]
    assert "no measurement" in reasons[0] and "epochs" in reasons[1] and "host's cores" in reasons[2]


def test_pages_that_list_tables_without_their_format_are_read_in_their_order(errors):
    row = (
        "{0},nvidia-dle,segmentation,TensorFlow/Segmentation/UNet_Industrial,DGX A100;A100,,inference,16,,,"
        'TensorFlow NGC,,,,Throughput Avg [img/s],{1},items/s,"NVIDIA DGX A100 (1x A100 40GB) | {{}}"'
    )
    mixed, wide = errors("\n" + "\n".join((row.format("a", 823.46), row.format("b", 424.57))) + "\n")
    assert mixed.predicted > 1.2 * wide.predicted


def test_a_slice_of_a_card_is_a_slice_of_its_rate(errors):
    head = (
        "{0},mlperf-inference-v2.1,nlp,bert-99,{1},8,inference Offline,,,int8,,,,,throughput,{2},samples/s,x"
    )
    part, whole = errors(
        "\n"
        + "\n".join(
            (
                head.format("a", "NVIDIA A100-SXM-80GB (1x1g.10gb MIG)", 493),
                head.format("b", "NVIDIA A100-SXM-80GB", 29920),
            )
        )
        + "\n"
    )
    assert whole.predicted / 8 / part.predicted == pytest.approx(7.5, rel=0.1)
