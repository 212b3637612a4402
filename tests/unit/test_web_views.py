"""The pages of the planner's views, jobs and own files: each client's own, bounded, kept over a restart."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
import zipfile

import pytest
from fastapi.testclient import TestClient
from onnx import helper
from tests.unit.test_onnx_import import tensor, weight, write

from tauplan.web.app import create_app
from tauplan.web.bases import shipped

HOST = {"base_url": "http://127.0.0.1:8642"}
ONE, OTHER = ({"cookie": f"tauplan_client={letter * 32}"} for letter in "ab")
STUDY = """
name: Small
scenario:
  workload: {task: serve, model: Llama-3.2-3B, prompt: 64, output: 64}
  system: {accelerator: NVIDIA H100 SXM5 80GB, count: 1}
axes:
  system.count: [1, 2]
  workload.batch: [1, 8]
objectives: [time_to_result, energy]
"""
PATIENCE_S = 60


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with TestClient(create_app(state=tmp_path_factory.mktemp("state")), **HOST) as one:
        yield one


def ended(client, name, headers=ONE):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        job = client.get(f"/api/v1/jobs/{name}", headers=headers).json()
        if job["state"] not in ("waiting", "running"):
            return job
        time.sleep(0.1)
    raise TimeoutError(job)


def test_up_to_four_scenarios_stand_side_by_side(client):
    phone = {"example": "phone"}
    made = client.post(
        "/api/v1/page/compare", json={"designs": [phone, phone | {"changes": ["workload.output=64"]}]}
    )
    page = made.json()
    assert [one["name"] for one in page["said"]] == ["A 3B model on a phone"] * 2
    assert len(page["charts"]) == 2
    assert "--set workload.output=64" in page["take"]["command"]
    for designs in ([phone], [phone] * 5):
        assert client.post("/api/v1/page/compare", json={"designs": designs}).status_code == 422


@pytest.mark.parametrize("name", [base.name for base in shipped().of("scenario")])
@pytest.mark.parametrize("changes", [[], ["system.count=64"]])
def test_an_answer_in_two_parts_is_the_answer_in_one(client, name, changes):
    asked = {"example": name, "changes": changes}

    def got(path, parts=""):
        return client.post(f"/api/v1/{path}{parts}", json=asked)

    first, rest, whole = (got("evaluate", parts) for parts in ("?parts=answer", "?parts=rest", ""))
    assert first.status_code == rest.status_code == whole.status_code
    if whole.status_code == 200:
        assert not first.json().keys() & rest.json().keys()
        assert first.json() | rest.json() == whole.json()
        first, rest, whole = (
            got("page/plan", parts).json() for parts in ("?parts=answer", "?parts=rest", "")
        )
        html, before = first["html"], len(first["charts"])
        for part, inner in rest["parts"].items():
            place = f'<div data-part="{part}">'
            numbered = re.sub(r'data-chart="(\d+)"', lambda m: f'data-chart="{int(m[1]) + before}"', inner)
            html = html.replace(f"{place}</div>", f"{place}{numbered}</div>")
        assert html == whole["html"]
        assert first["charts"] + rest["charts"] == whole["charts"]
        assert (first["take"], rest["said"]) == (whole["take"], whole["said"])


@pytest.mark.parametrize("name", [base.name for base in shipped().of("device")])
def test_a_scenario_of_a_device_is_evaluated_like_any_other(client, name):
    asked = {"example": name, "changes": ["system.power_cap=200 W"] if "kunlun3" in name else []}
    data = client.post("/api/v1/evaluate", json=asked).json()
    page = client.post("/api/v1/page/plan?parts=answer", json=asked).json()
    assert data["status"] == page["status"] == "ok"
    assert page["charts"]
    assert page["take"]["command"] == data["command"]
    assert "@misc" in page["take"]["bibtex"]
    for figure in data["figures"]:
        assert f"<dt>{figure['label']}</dt>" in page["html"]
    assert client.post("/api/v1/page/plan?parts=rest", json=asked).json()["parts"] == {}
    whole = client.post("/api/v1/page/plan?whole=true", json=asked).text
    assert whole.startswith("<!DOCTYPE html>")
    text = shipped().named[name].text
    assert (
        client.post("/api/v1/evaluate", json={"yaml": text}).json()["figures"]
        == client.post("/api/v1/evaluate", json={"example": name}).json()["figures"]
    )


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("vision-kunlun3", "workload.model=/etc/net.onnx", "files are not read here"),
        ("phone-xring", "workload.model=../model.json", "files are not read here"),
        ("vision-kunlun3", "workload.batch=many", "whole number"),
        ("vision-kunlun3", "workload.modle=resnet50", "did you mean 'model'"),
        ("vision-kunlun3", "workload.model=resnet5", "resnet50"),
        ("driving-orin", "system.accelerator=Orin 65", "did you mean"),
    ],
)
def test_what_is_wrong_with_a_scenario_of_a_device_is_told(client, name, change, words):
    refused = client.post("/api/v1/page/plan", json={"example": name, "changes": [change]})
    assert refused.status_code == 422
    assert words in refused.text


def test_a_device_does_not_stand_beside_systems(client):
    designs = [{"example": "phone"}, {"example": "phone-xring"}]
    refused = client.post("/api/v1/page/compare", json={"designs": designs})
    assert refused.status_code == 422
    assert "a scenario of a device" in refused.text


def test_an_own_network_is_planned_with(client, tmp_path):
    write(
        tmp_path / "net.onnx",
        [helper.make_node("Conv", ["x", "w"], ["y"], name="one", pads=[1, 1, 1, 1])],
        [tensor("x", ["N", 3, 64, 64])],
        [weight("w", [8, 3, 3, 3])],
    )
    client.put("/api/v1/files/net.onnx", content=(tmp_path / "net.onnx").read_bytes(), headers=ONE)
    asked = {"example": "vision-kunlun3", "changes": ["workload.model=net.onnx", "workload.precision=fp16"]}
    assert "net.onnx" in client.post("/api/v1/page/plan", json=asked, headers=ONE).json()["html"]
    assert client.post("/api/v1/page/plan", json=asked, headers=OTHER).status_code == 422
    client.delete("/api/v1/files/net.onnx", headers=ONE)


def test_a_design_of_a_study_is_a_scenario_with_changes(client):
    asked = {"yaml": STUDY, "design": 3}
    page = client.post("/api/v1/page/plan", json=asked).json()
    assert page["title"] == "Small: 3"
    assert page["data"]["system"]["count"] == 2
    assert page["take"]["command"] == "tauplan explain study.yaml 3"
    assert (
        client.post("/api/v1/page/plan", json=asked | {"changes": ["workload.output=8"]}).status_code == 200
    )
    refused = client.post("/api/v1/page/plan", json=asked | {"design": 4})
    assert "a number below 4" in refused.text


def test_series_ledger_and_parts_have_pages(client):
    names = [one["name"] for one in client.get("/api/v1/market").json()["series"]]
    assert "ic_exports" in names
    page = client.post("/api/v1/page/market", json={"series": "ic_exports", "entity": "China"}).json()
    assert page["take"]["command"] == "tauplan market show ic_exports --entity China"
    assert page["entities"][:2] == ["China", "Taiwan"]
    assert "contradiction" in client.post("/api/v1/page/market", json={}).json()["html"]
    part = client.post("/api/v1/page/part", json={"part": "kunlun 3"}).json()
    assert part["title"] == "Baidu Kunlun 3"
    assert "kunlun3-train" in part["html"]
    assert "did you mean" in client.post("/api/v1/page/part", json={"part": "Kunlum"}).text
    assert client.post("/api/v1/page/market", json={"series": "ic_export"}).status_code == 422


def test_a_page_comes_as_one_file_that_stands_alone(client):
    whole = client.post("/api/v1/page/market?whole=true", json={"series": "ic_exports"})
    assert whole.headers["content-disposition"] == 'attachment; filename="tauplan-market.html"'
    assert whole.text.startswith("<!DOCTYPE html>")
    assert "src=" not in whole.text.partition("<script>")[0]


def test_the_language_of_the_call_is_that_of_the_answer(client):
    chinese = {"accept-language": "zh-TW,zh;q=0.9"}
    page = client.post("/api/v1/page/plan", json={"example": "phone"}, headers=chinese).json()
    assert "記憶體" in page["html"]
    refused = client.post("/api/v1/page/plan", json={"example": "phnoe"}, headers=chinese).json()["problems"][
        0
    ]
    assert refused["message"] == "未知示例"
    assert "phone" in refused["hint"]


def test_a_table_comes_as_a_spreadsheet(client):
    rows = [["a", "1,024", "=1+1"], ["b", "4 weeks", "−2.5"]]
    made = client.post("/api/v1/sheet", json={"title": "τ [x]", "columns": ["n", "v", "w"], "rows": rows})
    with zipfile.ZipFile(io.BytesIO(made.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<v>1024</v>" in sheet
    assert "<f>" not in sheet
    assert "=1+1" in texts


def test_a_study_runs_is_seen_by_its_client_alone_and_has_a_page(client):
    started = client.post(
        "/api/v1/jobs", json={"kind": "study", "source": {"yaml": STUDY}}, headers=ONE
    ).json()
    job = ended(client, started["id"])
    assert (job["state"], job["done"], job["title"]) == ("done", 4, "Small")
    place = f"/api/v1/jobs/{job['id']}"
    page = client.get(f"{place}/page", headers=ONE).json()
    assert page["study"]["designs"] == 4
    assert {"design", "texts", "words", "alike"} <= set(page["study"]["front"][0])
    assert "設計" in client.get(f"{place}/page", headers=ONE | {"accept-language": "zh-TW"}).text
    assert client.get(f"{place}/page?whole=true", headers=ONE).text.startswith("<!DOCTYPE html>")
    again = client.post("/api/v1/jobs", json={"kind": "study", "source": {"yaml": STUDY}}, headers=ONE).json()
    assert again["id"] == job["id"]
    for call in (client.get, client.delete):
        assert call(place, headers=OTHER).status_code == 404
    assert client.get("/api/v1/jobs", headers=OTHER).json()["jobs"] == []
    assert client.delete(place, headers=ONE).json() == {"dropped": True}
    assert client.get(place, headers=ONE).status_code == 404


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"yaml": STUDY.replace("axes:", "axis:")}, "axis"),
        ({"yaml": "scenario: /etc/passwd\naxes: {system.count: [1]}\n"}, "files are not read here"),
        ({"yaml": STUDY.replace("Llama-3.2-3B", "/etc/x.json")}, "files are not read here"),
        ({"example": "phone"}, "unknown example"),
        ({}, "either example or yaml"),
    ],
)
def test_a_bad_study_is_told_before_it_waits(client, source, words):
    answer = client.post("/api/v1/jobs", json={"kind": "study", "source": source}, headers=ONE)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_client_has_few_jobs_at_once_and_they_go_on_after_a_restart(tmp_path, monkeypatch):
    monkeypatch.setattr("tauplan.web.jobs.Jobs._next", lambda _: None)  # nobody works
    with TestClient(create_app(state=tmp_path), **HOST) as client:
        texts = [STUDY.replace("name: Small", f"name: Small {number}") for number in range(4)]
        asked = [{"kind": "study", "source": {"yaml": text}} for text in texts]
        codes = [client.post("/api/v1/jobs", json=one, headers=ONE).status_code for one in asked]
        assert codes == [200, 200, 200, 429]
        assert client.post("/api/v1/jobs", json=asked[3], headers=OTHER).status_code == 200
        first = client.get("/api/v1/jobs", headers=ONE).json()["jobs"][-1]
        cancelled = client.post(f"/api/v1/jobs/{first['id']}/cancel", headers=ONE).json()
        assert cancelled["state"] == "cancelled"
    (tmp_path / "jobs" / "broken").mkdir()
    (tmp_path / "jobs" / "broken" / "job.json").write_text("{")
    monkeypatch.undo()
    with TestClient(create_app(state=tmp_path), **HOST) as client:
        assert len(client.get("/api/v1/jobs", headers=ONE).json()["jobs"]) == 3
        assert client.post(f"/api/v1/jobs/{first['id']}/resume", headers=ONE).json()["state"] in (
            "waiting",
            "running",
        )
        assert ended(client, first["id"])["state"] == "done"


CONFIG = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 1024, "intermediate_size": 2816,
    "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 8, "vocab_size": 32000,
    "tie_word_embeddings": False,
}  # fmt: skip


def test_a_model_file_is_its_clients_own_and_can_be_planned_with(client):
    sent = client.put("/api/v1/files/tiny.json", content=json.dumps(CONFIG), headers=ONE)
    assert sent.json()["kind"] == "json"
    page = client.post("/api/v1/page/file", json={"file": "tiny.json"}, headers=ONE).json()
    assert page["use"] == {"model": "tiny.json"}
    asked = {"example": "phone", "changes": ["workload.model=tiny.json"]}
    first = client.post("/api/v1/evaluate", json=asked, headers=ONE).json()
    assert first["status"] == "ok"
    assert client.post("/api/v1/evaluate", json=asked, headers=OTHER).status_code == 422
    assert client.post("/api/v1/page/file", json={"file": "tiny.json"}, headers=OTHER).status_code == 422
    client.put("/api/v1/files/tiny.json", content=json.dumps(CONFIG | {"num_hidden_layers": 8}), headers=ONE)
    second = client.post("/api/v1/evaluate", json=asked, headers=ONE).json()
    assert second["tpot_s"] > first["tpot_s"]
    assert client.delete("/api/v1/files/tiny.json", headers=ONE).json() == {"dropped": True}
    assert client.get("/api/v1/files", headers=ONE).json() == {"files": []}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b"{", "a.json"),
        ("b.json", b"[" * 100_000, "b.json"),
        ("a.onnx", b"\x08\xff\xff\xff", "a.onnx"),
        ("b.onnx", gzip.compress(bytes(100_000)), "b.onnx"),
        ("a.csv", b"\xff\xfe\x00", "a.csv"),
        ("b.csv", b"what,is\n1,2\n", "b.csv"),
    ],
)
def test_a_bad_file_is_told(client, name, content, words):
    assert client.put(f"/api/v1/files/{name}", content=content, headers=ONE).status_code == 200
    answer = client.post("/api/v1/page/file", json={"file": name}, headers=ONE)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", ["x.txt", ".json", "..%2fx.json", "a b.json", "x" * 90 + ".json", "%00.csv"])
def test_a_file_has_a_plain_name(client, name):
    assert client.put(f"/api/v1/files/{name}", content=b"1", headers=ONE).status_code in (404, 405, 422)


def test_a_large_file_is_refused_while_it_comes(client, monkeypatch):
    monkeypatch.setattr("tauplan.web.limits.MOST_FILE_B", 1000)
    answer = client.put("/api/v1/files/big.csv", content=(b"x" * 400 for _ in range(9)), headers=ONE)
    assert answer.status_code == 422
    assert "too large" in answer.text
    assert client.put("/api/v1/files/none.csv", content=b"", headers=ONE).status_code == 422
    assert "big.csv" not in client.get("/api/v1/files", headers=ONE).text


def test_a_question_in_the_same_words_is_answered_from_memory_in_its_own_language(client, monkeypatch):
    asked = {"example": "phone", "changes": ["workload.output=77"]}
    first = client.post("/api/v1/page/plan", json=asked, headers=OTHER).json()
    monkeypatch.setattr("tauplan.web.desk.Desk.bytes_of", None)  # nobody at the desk
    assert client.post("/api/v1/page/plan", json=asked, headers=OTHER).json() == first
    with pytest.raises(TypeError):
        client.post("/api/v1/page/plan", json=asked, headers=OTHER | {"accept-language": "zh-CN"})
