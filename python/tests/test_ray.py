"""Looks on Ray: batches on a cluster that loses a machine, and Ray Data. Clusters take half a minute to start: `-m long`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from batches import need, process, shoot

need("ray", "daft", "pyarrow", "PIL")

import relumine  # noqa: E402
from relumine.ray import Apply  # noqa: E402


def test_a_batch_of_photos_gets_the_look(look: relumine.Look, tmp_path: Path) -> None:
    paths = shoot(tmp_path, 3, bad=1)
    images = np.array([path.read_bytes() for path in paths], dtype=object)
    batch = {"path": np.array([path.name for path in paths]), "bytes": images}
    made = Apply(look, strength=0.5)(batch)
    assert list(made["path"]) == [path.name for path in paths]
    assert made["bytes"][0] is None and made["error"][0].startswith("PhotoError: ")
    assert [made["bytes"][1], made["error"][1]] == [look.apply(images[1], strength=0.5), None]
    with pytest.raises(relumine.PhotoError):
        Apply(look, error=None)(batch)


@pytest.fixture
def cluster() -> Iterator[Any]:
    """The head of a cluster, which takes part in the work."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False})
    yield cluster
    cluster.shutdown()


@pytest.mark.long
def test_a_machine_lost_in_the_middle_is_made_up_for(cluster: Any, look: relumine.Look, tmp_path: Path) -> None:
    need("moto", "boto3")
    from store import Store

    nodes = [cluster.add_node(num_cpus=1, object_store_memory=80 << 20) for _ in range(2)]
    cluster.wait_for_nodes()
    with Store(fail_every=20, delay=0.02) as store:
        client = store.client()
        client.create_bucket(Bucket="photos")
        paths = shoot(tmp_path / "raw", 60)
        for path in paths:
            client.upload_file(str(path), "photos", f"raw/{path.name}")
        client.put_object(Bucket="photos", Key="dusk.look", Body=look.to_bytes())
        environment = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": store.url}
        words = ("s3://photos/raw", "s3://photos/dusk.look", "s3://photos/made", "--runner", "ray", "--address", cluster.address, "--jobs-per-node", "1")

        def names() -> set[str]:
            listed = client.list_objects_v2(Bucket="photos", Prefix="made/").get("Contents", [])
            return {one["Key"].removeprefix("made/") for one in listed} - {".relumine-batch.json"}

        run = process(*words, **environment)
        while run.poll() is None and len(names()) < 15:
            time.sleep(0.2)
        cluster.remove_node(nodes[-1], allow_graceful=False)
        _, told = run.communicate(timeout=300)
        assert run.returncode == 0, told
        assert names() == {path.name for path in paths}
        own = relumine.Look.from_bytes(look.to_bytes(), "dusk")
        for path in paths[::10]:
            assert client.get_object(Bucket="photos", Key=f"made/{path.name}")["Body"].read() == own.apply(path.read_bytes())

        again = process(*words, **environment)
        _, told = again.communicate(timeout=120)
        assert again.returncode == 0 and "nothing to do: all 60 photos were done before" in told, told


@pytest.mark.long
def test_ray_data_maps_batches(cluster: Any, look: relumine.Look, tmp_path: Path) -> None:
    need("pandas", "ray.data")
    import ray

    # One core maps, another reads.
    cluster.add_node(num_cpus=1, object_store_memory=80 << 20)
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, log_to_driver=False)
    try:
        paths = shoot(tmp_path / "raw", 6, bad=1)
        photos = ray.data.read_binary_files(str(tmp_path / "raw"), include_paths=True)
        made = photos.map_batches(Apply, fn_constructor_args=(look.to_bytes(),), concurrency=1, batch_size=2).take_all()
        own = relumine.Look.from_bytes(look.to_bytes())
        found = {os.path.basename(row["path"]): row["bytes"] for row in made}
        assert found == {path.name: None if path == paths[0] else own.apply(path.read_bytes()) for path in paths}
    finally:
        ray.shutdown()
