"""Official PyPI package infisicalsdk 1.0.17, unchanged, against a server: log in, create, list, read, update, delete.

    COFFER_URL=… COFFER_CLIENT_ID=… COFFER_CLIENT_SECRET=… COFFER_PROJECT=… COFFER_PROJECT_SLUG=… \
    <COFFER_SDK_PYTHON>/bin/python crates/server/tests/sdk/secrets.py

Ends with status 0 and the line "ok" if everything was as it should be.
"""

import os

from infisical_sdk import InfisicalSDKClient
from infisical_sdk.infisical_requests import APIError

PROJECT = os.environ["COFFER_PROJECT"]
HERE = {"project_id": PROJECT, "environment_slug": "dev", "secret_path": "/"}
SEALED = "cfv1." + "A" * 400
NAME = "PYPI_SDK_KEY"


def refused(status, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except APIError as error:
        assert error.status_code == status, error
    else:
        raise AssertionError(f"{call} was not refused")


client = InfisicalSDKClient(host=os.environ["COFFER_URL"], cache_ttl=None)
client_id = os.environ["COFFER_CLIENT_ID"]
refused(401, client.auth.universal_auth.login, client_id=client_id, client_secret="wrong")
client.auth.universal_auth.login(client_id=client_id, client_secret=os.environ["COFFER_CLIENT_SECRET"])

made = client.secrets.create_secret_by_name(secret_name=NAME, secret_value=SEALED, secret_comment="c", **HERE)
assert made.secretValue == SEALED
refused(400, client.secrets.create_secret_by_name, secret_name=NAME, secret_value=SEALED, **HERE)

listed = client.secrets.list_secrets(recursive=True, **HERE)
assert [secret.secretValue for secret in listed.secrets if secret.secretKey == NAME] == [SEALED]
by_slug = client.secrets.list_secrets(
    project_slug=os.environ["COFFER_PROJECT_SLUG"], environment_slug="dev", secret_path="/"
)
assert any(secret.secretKey == NAME for secret in by_slug.secrets)

read = client.secrets.get_secret_by_name(secret_name=NAME, **HERE)
assert (read.secretValue, read.secretComment, read.version) == (SEALED, "c", 1)

client.secrets.update_secret_by_name(current_secret_name=NAME, secret_value=SEALED + "B", **HERE)
assert client.secrets.get_secret_by_name(secret_name=NAME, **HERE).secretValue == SEALED + "B"
client.secrets.update_secret_by_name(current_secret_name=NAME, new_secret_name="PYPI_RENAMED", **HERE)
assert client.secrets.get_secret_by_name(secret_name="PYPI_RENAMED", **HERE).secretValue == SEALED + "B"

client.secrets.delete_secret_by_name(secret_name="PYPI_RENAMED", **HERE)
refused(404, client.secrets.get_secret_by_name, secret_name="PYPI_RENAMED", **HERE)

# Production is locked to sealed values.
LOCKED = {**HERE, "environment_slug": "prod"}
refused(400, client.secrets.create_secret_by_name, secret_name=NAME, secret_value="plain text", **LOCKED)
client.secrets.create_secret_by_name(secret_name=NAME, secret_value=SEALED, **LOCKED)
refused(400, client.secrets.update_secret_by_name, current_secret_name=NAME, secret_value="plain text", **LOCKED)
assert client.secrets.get_secret_by_name(secret_name=NAME, **LOCKED).secretValue == SEALED

client.folders.create_folder(name="pypi", environment_slug="dev", project_id=PROJECT, path="/")
folders = client.folders.list_folders(project_id=PROJECT, environment_slug="dev", path="/", recursive=True)
assert any(folder.name == "pypi" for folder in folders.folders)
print("ok")
