"""The planner's calls: the same answers as the command line, and bad input told as problems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

import tauplan
from tauplan.cli.main import cli
from tauplan.errors import InputError
from tauplan.report.export import to_json_dict
from tauplan.web.app import create_app
from tauplan.web.limits import MOST_BODY_B

EXAMPLES = Path(__file__).parents[2] / "examples"
PHONE = (EXAMPLES / "phone.yaml").read_text(encoding="utf-8")
HOST = {"base_url": "http://127.0.0.1:8642"}


@pytest.fixture(scope="module")
def client():
    with TestClient(create_app(), raise_server_exceptions=False, **HOST) as one:
        yield one


def ask(client, **body):
    return client.post("/api/v1/evaluate", json=body)


def told(answer, status=422):
    """Return the problems of a refusal, each with all its parts and none of the program's own."""
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    problems = answer.json()["problems"]
    assert all(set(p) == {"message", "place", "path", "found", "expected", "hint"} for p in problems)
    return problems


def test_an_example_with_changes_gives_the_answer_of_the_command_line(client):
    changes = ["system.count=2", "workload.output=128"]
    answer = ask(client, example="phone", changes=changes)
    command = "tauplan evaluate examples/phone.yaml --set system.count=2 --set workload.output=128"
    wanted = to_json_dict(
        tauplan.answer(tauplan.read_scenario(EXAMPLES / "phone.yaml", tuple(changes)), command=command)
    )
    assert answer.status_code == 200
    assert answer.json() == json.loads(json.dumps(wanted))


def test_posted_text_gives_the_same_answer_as_the_example(client):
    posted, example = ask(client, yaml=PHONE).json(), ask(client, example="phone").json()
    assert {**posted, "identity": 0} == {**example, "identity": 0}
    assert posted["identity"]["command"] == "tauplan evaluate scenario.yaml"


def test_a_report_carries_page_charts_and_the_scenario_again(client):
    question = {"example": "phone", "changes": ["system.count=4"]}
    made = client.post("/api/v1/page/plan", json=question).json()
    assert made["html"].count("data-chart=") == len(made["charts"]) > 3
    assert "<script" not in made["html"]
    again = ask(client, yaml=made["take"]["yaml"]).json()
    assert again["owned_s"] == ask(client, **question).json()["owned_s"]
    assert made["take"]["command"].endswith("--set system.count=4")
    assert "tauplan.answer(" in made["take"]["python"]
    assert made["take"]["bibtex"].startswith("@misc{")


def test_an_infeasible_design_is_an_answer(client):
    answer = ask(client, example="phone", changes=["workload.model=Llama-3.1-70B"])
    assert answer.status_code == 200
    assert answer.json()["status"] == "infeasible"


def test_the_list_tells_scenarios_from_studies_and_order_plans(client):
    kinds = {one["name"]: one["kind"] for one in client.get("/api/v1/examples").json()["examples"]}
    assert kinds["phone"] == kinds["kunlun3-train"] == "scenario"
    assert kinds["study-train-70b"] == "study"
    assert kinds["sourcing-supercycle"] == "supply"
    told(ask(client, example="study-train-70b"))


def test_problems_of_a_scenario_come_all_at_once_with_their_places(client):
    text = PHONE.replace("prompt: 512", "promt: 512").replace("count: 1", "count: 0")
    problems = told(ask(client, yaml=text))
    assert {"workload.promt", "workload.prompt", "system.count"} == {p["path"] for p in problems}
    misspelt = next(p for p in problems if p["path"] == "workload.promt")
    assert misspelt["place"] == "scenario:6:3"
    assert "prompt" in misspelt["hint"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"example": "phone", "changes": ["system.count=none"]}, "system.count"),
        ({"example": "phone", "changes": ["plan.tensr=2"]}, "plan.tensr"),
        ({"example": "phone", "changes": ["workload.ttft=1 parsec"]}, "workload.ttft"),
        ({"example": "phone", "changes": ["nothing"]}, ""),
        ({"example": "../README"}, "example"),
        ({"example": "phne"}, "example"),
        ({}, ""),
        ({"example": "phone", "yaml": PHONE}, ""),
        ({"example": "phone", "code": "1"}, "code"),
        ({"example": ["phone"]}, "example"),
        ({"yaml": "a: &x [1]\nb: *x\n"}, "b"),
        ({"yaml": "- 1\n"}, ""),
        ({"yaml": "!!python/object/apply:os.getcwd []"}, ""),
        ({"yaml": "x" * 100_001}, "yaml"),
        ({"example": "phone", "changes": ["a=1"] * 201}, "changes"),
        ({"example": "phone", "changes": ["a=" + "1" * 500]}, "changes.0"),
        ({"example": "phone", "changes": ["system.accelerator=Xring 01"]}, ""),
        ({"example": "phone", "changes": ["workload.model=/etc/passwd"]}, ""),
        ({"example": "phone", "changes": ["workload.model=/etc/hosts.json"]}, "workload.model"),
        ({"example": "phone", "changes": ["workload.model=config.JSON"]}, "workload.model"),
        ({"yaml": PHONE.replace("meta-llama/Llama-3.2-3B", "../secret.json")}, "workload.model"),
        ({"example": "llama-under-load", "changes": ["workload.load.requests=1e6"]}, "workload.load"),
        ({"example": "llama-under-load", "changes": ["workload.load.clients=100000"]}, "workload.load"),
    ],
    ids=str,
)
def test_bad_input_is_told_as_problems(client, body, path):
    assert path in {problem["path"] for problem in told(ask(client, **body))}


def test_deep_nesting_is_told(client):
    told(ask(client, yaml="a: [" * 3000))


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[" * 100_000, 422),
        (b'"text"', 422),
        (b'{"example": "\\ud800"}', 422),
        (b'{"yaml": "name: \\ud800"}', 422),
        (b'{"example": "phone", "changes": ["name=\\u0000"]}', 422),
        (b"\xff\xfe", 422),
    ],
)
def test_a_body_that_is_no_question_is_told(client, content, status):
    answer = client.post("/api/v1/evaluate", content=content, headers={"content-type": "application/json"})
    assert answer.status_code in (status, 400)
    told(answer, answer.status_code)


def test_a_large_body_is_refused_before_it_is_read(client):
    told(client.post("/api/v1/evaluate", content=b" " * (MOST_BODY_B + 1)), 413)
    told(client.post("/api/v1/evaluate", content=(b" " * 65536 for _ in range(9))), 413)


def test_parts_are_found_by_kind_and_words(client):
    everything = client.get("/api/v1/catalog/parts").json()
    found = client.get("/api/v1/catalog/parts", params={"kind": "accelerator", "query": "kunlun 3"}).json()
    assert len(everything["parts"]) > 200
    assert "Baidu Kunlun 3" in {part["name"] for part in found["parts"]}
    assert {part["kind"] for part in found["parts"]} == {"accelerator"}
    assert client.get("/api/v1/catalog/parts", params={"query": "zzz"}).json()["parts"] == []


def test_a_part_tells_its_claims_with_sources_the_used_one_first(client):
    part = client.get("/api/v1/catalog/parts/kunlun 3").json()
    fields = {field["name"]: field for field in part["fields"]}
    assert part["name"] == "Baidu Kunlun 3"
    claim = fields["memory_bandwidth"]["claims"][0]
    assert claim["text"].endswith("B/s")
    assert claim["source"]["title"]
    answer = ask(client, example="kunlun3-train").json()
    used = {c["field"]: c["value"] for c in answer["claims"] if c["part"] == part["name"]}
    assert used["memory_bandwidth"] == claim["text"]
    assert any(len(field["claims"]) > 1 for field in fields.values())


def test_every_part_can_be_shown(client):
    for part in client.get("/api/v1/catalog/parts").json()["parts"]:
        shown = client.get(f"/api/v1/catalog/parts/{part['name'].replace('%', '%25').replace('#', '%23')}")
        assert shown.status_code == 200, part["name"]
        assert shown.json()["name"] == part["name"]


def test_an_unknown_part_is_told_with_the_nearest(client):
    assert "kunlun3" in told(client.get("/api/v1/catalog/parts/Kunlun-33"))[0]["hint"]


def test_the_schema_and_the_description_of_the_calls_are_there(client):
    assert client.get("/api/v1/schema").json()["title"] == "tauplan scenario"
    assert "/api/v1/evaluate" in client.get("/api/v1/openapi.json").json()["paths"]


@pytest.mark.parametrize("path", ["/docs", "/static/../app.py", "/static/%2e%2e%2fapp.py", "/static/", "/x"])
def test_nothing_else_is_served(client, path):
    told(client.get(path), 404)


def test_the_page_may_ask_nobody_else_and_run_nothing_made_of_text(client):
    for path in ("/", "/static/vega.js", "/api/v1/schema", "/x"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src 'self';" in policy
        assert "http" not in policy


def test_files_are_packed_and_known_again(client):
    first = client.get("/static/vega.js")
    assert first.headers["content-encoding"] == "gzip"
    again = client.get("/static/vega.js", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    plain = client.get("/static/vega.js", headers={"accept-encoding": "identity"})
    assert plain.text == first.text


def test_all_the_page_needs_is_under_600_kB_packed(client):
    from tauplan.web.assets import assets

    assert sum(len(file.packed) for file in assets().values()) < 600_000


def test_a_foreign_name_of_this_machine_is_not_answered(client):
    told(client.get("/api/v1/schema", headers={"host": "evil.example:8642"}), 421)
    assert client.get("/api/v1/schema", headers={"host": "localhost:8642"}).status_code == 200
    assert client.get("/api/v1/schema", headers={"host": "[::1]:8642"}).status_code == 200


def test_with_a_token_every_call_needs_it():
    app = create_app(token="secret")
    far = TestClient(app, base_url="http://planner.example", follow_redirects=False)
    told(far.get("/"), 401)
    told(far.get("/", params={"token": "wrong"}), 401)
    told(far.get("/api/v1/schema", headers={"cookie": "tauplan_token=wrong"}), 401)
    told(far.get("/api/v1/schema", headers={"authorization": "Bearer wrøng".encode()}), 401)
    assert far.get("/api/v1/schema", headers={"authorization": "Bearer secret"}).status_code == 200
    entered = far.get("/", params={"token": "secret"})
    assert entered.status_code == 303
    assert entered.headers["location"] == "/"
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert far.get("/").status_code == 200


def test_the_operators_own_scenario_comes_first_and_may_name_its_model_file(tmp_path):
    own = tmp_path / "own.yaml"
    (tmp_path / "tiny.json").write_text(
        json.dumps(
            {
                "model_type": "llama",
                "architectures": ["LlamaForCausalLM"],
                "hidden_size": 1024,
                "intermediate_size": 2816,
                "num_hidden_layers": 4,
                "num_attention_heads": 8,
                "num_key_value_heads": 8,
                "vocab_size": 32000,
                "tie_word_embeddings": False,
            }
        )
    )
    own.write_text(PHONE.replace("meta-llama/Llama-3.2-3B", "tiny.json"), encoding="utf-8")
    client = TestClient(create_app(own), **HOST)
    assert client.get("/api/v1/examples").json()["examples"][0]["name"] == "own"
    assert ask(client, example="own").json()["status"] == "ok"
    told(ask(client, example="own", changes=["workload.model=other.json"]))
    told(ask(client, yaml=own.read_text(encoding="utf-8")))


def test_a_scenario_that_cannot_be_opened_is_told_at_the_start(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        create_app(tmp_path / "none.yaml")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: x\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"wrong\.yaml"):
        create_app(wrong)


def test_the_verb_says_what_is_wrong_with_its_address():
    done = CliRunner().invoke(cli, ["serve", "--host", "192.0.2.1"])
    assert isinstance(done.exception, InputError)
    assert "cannot listen" in str(done.exception)
