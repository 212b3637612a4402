"""``tauplan validate``: every layout, every row accounted for, bad rows that lose no other."""

from __future__ import annotations

import csv
import json
import math
import time

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.cli.main import main
from tauplan.errors import InputError
from tauplan.validate.interval import kind_of
from tauplan.validate.layouts import predict_file
from tauplan.validate.prediction import Prediction, summarise

GEMM = "system,backend,gemm_dtype,m,n,k,latency_ms\n"
ATTENTION = (
    "system,batch_size,isl,num_heads,num_key_value_heads,head_dim,window_size,"
    "attn_dtype,kv_cache_dtype,step,latency_ms\n"
)
TRAIN = (
    "case_id,family,model,layers,hidden,ffn,heads,kv_heads,vocab,seq_len,gbs,mbs,n_accel,accel,tp,pp,vpp,"
    "recompute,precision,framework,metric,value,unit,split_hint\n"
)
GPT = "A1,study,GPT 39B,48,8192,32768,64,64,51200,2048,1536,4,512,A100-SXM-80GB,8,2,1,full,fp16,Megatron-LM PTD-P,"


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def predict(path):
    return predict_file(path, Catalog.load())


def test_matrix_products_of_a_known_device_come_out_near(tmp_path):
    """Two of aiconfigurator's published kernel timings: a large and a thin product on A100."""
    rows = "a100_sxm,x,bfloat16,8192,8192,7168,3.665135\na100_sxm,x,bfloat16,64,8192,8192,0.091682\n"
    found = predict(write(tmp_path / "g.csv", GEMM + rows))
    assert [p.case for p in found] == ["1", "2"]
    assert all(abs(p.error) < 0.15 for p in found)


def test_a_bad_row_says_why_and_loses_no_other(tmp_path):
    rows = (
        "a100_sxm,x,bfloat16,128,128,128,0.01\n"
        "no_such_chip,x,bfloat16,128,128,128,0.01\n"
        "a100_sxm,x,bfloat17,128,128,128,0.01\n"
        "a100_sxm,x,bfloat16,many,128,128,0.01\n"
        "a100_sxm,x,bfloat16,,128,128,0.01\n"
        "a100_sxm,x,bfloat16,128,128\n"
        "h100_sxm,x,fp8,4096,4096,4096,0.12\n"
    )
    found = predict(write(tmp_path / "g.csv", GEMM + rows))
    assert [p.answered for p in found] == [True, False, False, False, False, False, True]
    reasons = [p.reason for p in found if not p.answered]
    for reason, word in zip(reasons, ("device", "format", "not a number", "missing", "missing"), strict=True):
        assert word in reason


def test_attention_rows_know_prefill_from_decode(tmp_path):
    prefill = "a100_sxm,1,4096,32,8,128,0,bfloat16,bfloat16,0,0.9\n"
    decode = "a100_sxm,16,1,32,8,128,0,bfloat16,bfloat16,4096,0.2\n"
    (long,) = predict(write(tmp_path / "p.csv", ATTENTION + prefill))
    (short,) = predict(write(tmp_path / "d.csv", ATTENTION + decode))
    assert (long.family, short.family) == ("attention, prefill", "attention, decode")
    cache_ms = 16 * 4096 * 2 * 8 * 128 * 2 / 2.039e12 * 1e3
    assert short.predicted > cache_ms


def test_latent_attention_knows_prompts_from_single_tokens(tmp_path):
    """Published module timings on H100: a prompt of 4096 tokens, a step over 1023 cached ones."""
    head = "system,mla_dtype,kv_cache_dtype,num_heads,batch_size,isl,tp_size,step,latency_ms\n"
    rows = (
        "h100_sxm,bfloat16,bfloat16,2,1,4096,32,0,0.0799\nh100_sxm,bfloat16,bfloat16,32,256,1,2,1023,0.1282\n"
    )
    prompt, step = predict(write(tmp_path / "m.csv", head + rows))
    assert (prompt.family, step.family) == ("latent attention, prefill", "latent attention, decode")
    assert abs(prompt.error) < 0.3
    assert abs(step.error) < 0.3


def test_products_by_sheet_and_operators_in_fp32(tmp_path):
    """Timings of other collections: a mixed-precision product and a large addition on V100."""
    sheet = "device,sheet,M,N,K,transA,transB,time_ms,src\n"
    rows = 'NV_V100,"Results - FP16 ip, Mixed math",1760,7000,1760,N,N,0.518,x\nnone,Results FP32,1,1,1,N,N,1,x\n'
    product, unknown = predict(write(tmp_path / "s.csv", sheet + rows))
    assert abs(product.error) < 0.2
    assert "unknown device" in unknown.reason
    head = "their_split,OPName,latency_ms,Device,B,M,N,K,H,dtype\n"
    rows = "test,add,1.7,Tesla V100-PCIE-32GB,32768,,,,4096,fp32\ntest,bmm,1,Tesla T4,8,512,512,512,,fp32\n"
    add, product = predict(write(tmp_path / "o.csv", head + rows))
    streamed = 3 * 32768 * 4096 * 4 / 897e9 * 1e3
    assert streamed < add.predicted < 1.3 * streamed
    assert product.predicted > 2 * 8 * 512**3 / 8.1e12 * 1e3


def test_parts_of_a_layer_are_summed(tmp_path):
    """Published layer parts on A100: what a row leaves out is left out of the prediction too."""
    head = (
        "gpu,model,emb_ms,input_layernorm_ms,attn_pre_proj_ms,attn_rope_ms,attn_post_proj_ms,"
        "post_attention_layernorm_ms,mlp_up_proj_ms,mlp_act_ms,mlp_down_proj_ms,add_ms,n_head,n_kv_head,n_embd,"
        "n_expanded_embd,vocab_size,use_gated_mlp,num_tokens,num_tensor_parallel_workers\n"
    )
    parts = "a100,Qwen-72B,0.447,0.198,7.306,0.304,2.468,0.197,14.0915,0.589,7.224,0.112"
    shape = "64,64,8192,24576,152064,True,4096,1\n"
    bad = f"a100,Qwen-72B,x,,,,,,,,,,{shape}"
    whole, unread = predict(write(tmp_path / "v.csv", head + f"{parts},{shape}{bad}"))
    assert whole.measured == pytest.approx(32.9365)
    assert abs(whole.error) < 0.2
    assert not unread.answered


def test_best_rates_and_micro_benchmarks(tmp_path):
    best = "accelerator,precision,max_achieved_TFLOPS,theory_TFLOPS,best_MxNxK,source\n"
    rows = "A100 SXM,bf16,271.2,312,1024x10240x5120,x\nA100 SXM,bf16,1,312,large,x\n"
    good, bad = predict(write(tmp_path / "b.csv", best + rows))
    assert abs(good.error) < 0.1
    assert "three sizes" in bad.reason
    micro = "vendor,sku,product,tdp_W,benchmark,measured,measured_text,nominal,card_power_W,source\n"
    row = "nvidia,A100,A100 / a100_40gb,400,{},{},,,,x\n"
    table = micro + "".join(
        row.format(*pair)
        for pair in (
            ("computation-BF16", 259.2),
            ("main_memory-bandwidth", 1328.25),
            ("main_memory-capacity", 39.18),
            ("interconnect-h2d", 7.19),
            ("computation-BF16", ""),
        )
    )
    rate, stream, capacity, host, empty = predict(write(tmp_path / "f.csv", table))
    assert max(abs(p.error) for p in (rate, stream, capacity)) < 0.12
    assert "not one of an accelerator or its server" in host.reason
    assert "missing" in empty.reason


def test_narrow_formats_pay_for_narrowing_their_activations(tmp_path):
    """FP8 shortens a large product and adds microseconds to a small one."""
    rows = "".join(f"h100_sxm,x,{f},{m},4096,4096,1\n" for m in (16, 16384) for f in ("bfloat16", "fp8"))
    small, small8, large, large8 = (p.predicted for p in predict(write(tmp_path / "n.csv", GEMM + rows)))
    assert small8 > small + 0.001
    assert large8 < 0.8 * large


def test_products_in_integers_have_errors_of_their_own(tmp_path):
    formats = ("bfloat16", "fp8", "sq", "int8_wo", "int4_wo")
    rows = "".join(f"a100_sxm,x,{f},128,4096,4096,1\n" for f in formats)
    kinds = {p.case: kind_of(p) for p in predict(write(tmp_path / "n.csv", GEMM + rows))}
    assert [kinds[str(i)] for i in range(1, 6)] == ["gemm"] * 2 + ["gemm in integers"] * 3


def test_a_kernel_table_of_ten_thousand_rows_is_quick(tmp_path):
    rng = np.random.default_rng(0)
    m, n, k = (rng.integers(1, 16384, 10_000) for _ in range(3))
    names = rng.choice(["a100_sxm", "h100_sxm", "b200_sxm", "l40s"], 10_000)
    rows = "".join(f"{d},x,bfloat16,{a},{b},{c},1\n" for d, a, b, c in zip(names, m, n, k, strict=True))
    path = write(tmp_path / "g.csv", GEMM + rows)
    start = time.perf_counter()
    assert all(p.answered for p in predict(path))
    assert time.perf_counter() - start < 5.0


def test_training_rows_in_all_their_metrics(tmp_path):
    rows = [
        GPT + '"achieved TFLOP/s/GPU (incl. recompute, eq.3)",138,TFLOP/s/GPU,check',
        GPT + "iteration time,36.9,s,check",
        GPT + "tokens/s/GPU,166,tokens/s/GPU,check",
        GPT + "time-to-train,100,s,check",
    ]
    flops, seconds, tokens, total = predict(write(tmp_path / "t.csv", TRAIN + "\n".join(rows) + "\n"))
    assert abs(flops.error) < 0.06
    assert tokens.predicted == pytest.approx(1536 * 2048 / 512 / seconds.predicted)
    assert not total.answered
    assert "not predicted" in total.reason


def test_collectives_of_libraries_frameworks_and_networks(tmp_path):
    """Published timings: small library all-gather on A100, one-shot all-reduce on H100."""
    library = "system,nccl,op_name,kernel_source,nccl_dtype,num_gpus,message_size,latency_ms\n"
    (one,) = predict(
        write(tmp_path / "l.csv", library + "a100_sxm,2.27.3,all_gather,NCCL,half,2,256,0.00898\n")
    )
    assert abs(one.error) < 0.35
    framework = "system,fw,allreduce_dtype,num_gpus,message_size,latency_ms\n"
    (two,) = predict(write(tmp_path / "f.csv", framework + "a100_sxm,trtllm,bfloat16,2,128,0.003799\n"))
    assert abs(two.error) < 0.3
    network = "case_id,system,n_ranks,ranks_per_node,collective,bytes_per_rank,time_us\n"
    rows = "E1,a100_sxm,8,8,all_reduce,1e9,9000\nE2,a100_sxm,16,8,all_reduce,1e9,9000\nE3,a100_sxm,8,8,gossip,1,1\n"
    inside, between, unknown = predict(write(tmp_path / "n.csv", network + rows))
    assert between.predicted > inside.predicted
    assert (inside.family, between.family) == ("collectives, in a server", "collectives, between servers")
    assert [kind_of(p) for p in (inside, between)] == ["collectives", "collectives between servers"]
    assert "gossip" in unknown.reason


def test_serving_rows_tell_shared_from_separate_pools(tmp_path):
    """A 70B model on 8 H100 in FP8: tokens of a shared pool wait for prefills, those of a decode pool do not."""
    head = (
        "case_id,family,model,system,precision,mode,isl,osl,concurrency_or_batch,tp,pp,attention_dp,moe_ep,"
        "decode_workers,decode_parallel,metric,value,unit\n"
    )
    common = "meta-llama/Llama-3.1-70B,h100_sxm,fp8"
    rows = (
        f"S1,x,{common},agg,4096,512,64,8,1,1,1,,,TPOT,30,ms\n"
        f"S2,x,{common},disagg,4096,512,64,,,,,1,bs64 tp8 pp1 adp1 moetp1 moeep1,TPOT,30,ms\n"
        f"S3,x,{common},agg offline,1000,1000,,8,1,,,,,output throughput total,9000,tokens/s\n"
        f"S4,x,{common},agg,4096,512,64,8,1,1,1,,,mood,1,\n"
    )
    shared, separate, most, unknown = predict(write(tmp_path / "s.csv", head + rows))
    assert shared.predicted > 1.2 * separate.predicted
    assert 2000 < most.predicted < 30000
    assert "not predicted" in unknown.reason


def test_unknown_layouts_and_files_are_one_clear_error(tmp_path, capsys):
    with pytest.raises(InputError, match="missing gemm_dtype"):
        predict(write(tmp_path / "x.csv", "system,m,n,k,latency_ms\na,1,1,1,1\n"))
    with pytest.raises(InputError, match="empty"):
        predict(write(tmp_path / "e.csv", ""))
    with pytest.raises(InputError, match="cannot read"):
        predict(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot read"):
        predict(tmp_path / "b.csv")


def test_summary_counts_what_was_not_answered():
    answered = [Prediction(str(i), "f", "d", "s", 1.0, 1.0 + e) for i, e in enumerate((0.1, -0.1, 0.3, 0.0))]
    summary = summarise("f", [*answered, Prediction("x", "f", "d", "s", 1.0, reason="no")])
    assert summary.cases == 5
    assert summary.coverage == 0.8
    assert summary.median_abs == pytest.approx(0.1)
    assert math.isnan(summarise("none", []).median_abs)


def test_rank_correlation_of_a_right_order():
    rows = [Prediction(str(i), "f", "d", "s", float(i + 1), float(i * i + 2)) for i in range(6)]
    assert summarise("f", rows).rank_correlation == pytest.approx(1.0)


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_the_verb_writes_one_row_per_case(tmp_path, capsys):
    cases = write(
        tmp_path / "g.csv", GEMM + "a100_sxm,x,bfloat16,128,128,128,0.01\nnone,x,bfloat16,1,1,1,1\n"
    )
    out = tmp_path / "p.csv"
    code, text, _ = run(capsys, "validate", "--cases", cases, "--out", out, "--detail")
    assert code == 0
    assert "50.0 %" in text
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["status"] for row in rows] == ["ok", "not answered"]
    columns = ("case_id", "metric", "measured", "predicted", "error_pct", "status", "reason", "low", "high")
    assert tuple(rows[0]) == columns
    assert float(rows[0]["low"]) < float(rows[0]["predicted"]) < float(rows[0]["high"])
    code, text, _ = run(capsys, "validate", "--cases", cases, "--json")
    assert json.loads(text)["summaries"][0]["cases"] == 2


def test_the_shipped_cases_and_families(capsys):
    code, text, _ = run(capsys, "validate", "--detail")
    assert code == 0
    assert "recompute-2022" in text
    assert "kernels," in text
    code, text, _ = run(capsys, "validate", "--family", "megatron", "--detail")
    assert code == 0
    assert "recompute" not in text
    code, _, err = run(capsys, "validate", "--family", "nothing")
    assert code == 2
    assert "no such family" in err


def test_expert_exchanges_of_three_kinds(tmp_path):
    """Published timings: DeepEP low-latency on 2 servers, normal in one, two-sided combine on GB200."""
    head = "system,node_num,hidden_size,num_token,num_topk,num_experts,"
    low = head + "combine_avg_t_us,dispatch_avg_t_us\nh100_sxm,2,7168,48,8,256,83.43,48.87\n"
    sms = "dispatch_sms,dispatch_transmit_us,dispatch_notify_us,combine_sms,combine_transmit_us,combine_notify_us\n"
    normal = head + sms + "h100_sxm,1,4096,16384,8,256,16,1457,0,16,2367,0\n"
    peer = (
        "system,op_name,kernel_source,moe_dtype,num_tokens,hidden_size,topk,num_experts,moe_ep_size,latency\n"
    )
    rows = (
        "gb200,alltoall_combine,NVLinkTwoSided,fp8,4096,7168,8,256,8,0.816\ngb200,gossip,,fp8,1,1,1,1,1,1\n"
    )
    (one,) = predict(write(tmp_path / "l.csv", low))
    (two,) = predict(write(tmp_path / "n.csv", normal))
    three, four = predict(write(tmp_path / "p.csv", peer + rows))
    assert [abs(p.error) < 0.25 for p in (one, two, three)] == [True] * 3
    assert one.measured == pytest.approx(132.3)
    assert "gossip" in four.reason


def test_mixtures_of_experts(tmp_path):
    """Published timings: skewed BF16 on A100, block-scaled FP8 on H100; a routing that is no number."""
    head = (
        "system,backend,kernel_source,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,"
        "moe_tp_size,moe_ep_size,distribution,latency_ms\n"
    )
    rows = (
        "a100_sxm,t,moe_torch_flow,bfloat16,2048,4096,1536,8,128,32,8,power_law_1.01,0.162\n"
        "h100_sxm,t,moe_torch_flow_cutlass,fp8_block,768,7168,2048,8,384,16,16,power_law_1.2,0.116\n"
        "h100_sxm,t,moe_torch_flow_cutlass,fp8,1,1,1,1,8,1,1,power_law_x,1\n"
        "abacus,t,moe_torch_flow_cutlass,fp8,1,64,64,1,8,1,1,balanced,1\n"
    )
    one, two, three, four = predict(write(tmp_path / "m.csv", head + rows))
    assert abs(one.error) < 0.3
    assert abs(two.error) < 0.3
    assert "power_law_x" in three.reason
    assert "abacus" in four.reason
