"""Images that a cluster is handed by hand (kind, minikube, `docker build -t name .`), and the Dockerfiles they are made of.

A name without a registry or an owner (`recommender:latest`) can only be pulled where Docker publishes an image of that name
itself; any other was built from somewhere: by a command of the tree that says from what, else by its only Dockerfile.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from modelguard.extract.words import split
from modelguard.link.program import Program

OFFICIAL = frozenset(
    "adminer aerospike almalinux alpine amazoncorretto amazonlinux api-firewall arangodb archlinux bash buildpack-deps busybox"
    " caddy cassandra chronograf clearlinux clefos clickhouse clojure composer convertigo couchbase couchdb crate dart debian"
    " docker drupal eclipse-mosquitto eclipse-temurin eggdrop elasticsearch elixir emqx erlang fedora flink fluentd friendica"
    " gazebo gcc geonetwork ghost golang gradle groovy haproxy haskell haxe hello-world hitch httpd hylang ibm-semeru-runtimes"
    " influxdb irssi jetty joomla jruby julia kapacitor kibana kong krakend lightstreamer liquibase logstash mageia mariadb matomo"
    " maven mediawiki memcached mongo mongo-express monica mysql nats nats-streaming neo4j neurodebian nextcloud nginx node odoo"
    " open-liberty openjdk oraclelinux orientdb percona perl photon php phpmyadmin plone postfixadmin postgres pypy python"
    " r-base rabbitmq rakudo-star redis redmine registry rethinkdb rocket.chat rockylinux ros ruby rust sapmachine satosa scratch"
    " silverpeas solr sonarqube spark spiped storm swift swipl teamspeak telegraf tomcat tomee traefik ubuntu unit varnish vault"
    " websphere-liberty wordpress xwiki yourls znc zookeeper consul".split()
)
"""Names under which Docker publishes images itself: https://github.com/docker-library/official-images, folder `library`, and
those that it published before."""
_FILES = re.compile(
    r"\.(?:sh|bash|mk|ps1|bat)$|(?:^|/)(?:Makefile|justfile|Justfile|package\.json|Taskfile\.ya?ml|buildspec[\w.-]*\.ya?ml|Tiltfile"
    r"|\.gitlab-ci\.yml|Jenkinsfile)$|(?:^|/)\.github/workflows/[^/]+\.ya?ml$"
)
_COMMAND = re.compile(
    r"\b(?:(?:docker|podman|nerdctl|minikube)\b(?:\s+(?:buildx|image))?\s+build|az\s+acr\s+build|gcloud\s+builds\s+submit)\b"
    r"([^\n;&|]*)"
)
_TAGS = ("-t", "--tag", "--image", "--destination")
_VALUED = frozenset(
    "-t --tag --image -r --registry -g --resource-group --project --region --config --substitutions -f --file --build-arg"
    " --platform --target --label --progress --secret --cache-from --network".split()
)


@dataclass(frozen=True, slots=True)
class Built:
    """A command that builds an image: its name without the tag, the Dockerfile and the folder that it is built in."""

    name: str
    dockerfile: str
    context: str
    place: str
    """The path of the file that has the command, and the line, as a person reads them."""


def is_local(name: str) -> bool:
    """Whether an image can be pulled from nowhere by this name."""
    plain = bare(name)
    return bool(plain) and "/" not in plain and plain not in OFFICIAL and "$" not in plain


def commands(program: Program) -> Iterator[Built]:
    """Every image that a script, a Makefile or a workflow of the tree builds by name."""
    for path in sorted(p for p in program.store.paths() if _FILES.search(p)):
        data = program.store.data(path) or b""
        if b"build" in data:
            yield from _of_file(program, path, data.decode("utf-8", "replace"))


def named(found: tuple[Built, ...], name: str) -> Built | None:
    """The one build of an image of this name; None where there is none, or where several build it from different files."""
    plain = bare(name).rpartition("/")[2]
    same = [b for b in found if b.name.rpartition("/")[2] == plain]
    return same[0] if same and len({(b.dockerfile, b.context) for b in same}) == 1 else None


def bare(name: str) -> str:
    """An image's name without its tag or digest; a registry's port is no tag."""
    return re.sub(r":[^:/]*\Z", "", name.partition("@")[0])


def _of_file(program: Program, path: str, text: str) -> Iterator[Built]:
    joined = text.replace("\r\n", "\n").replace("\\\n", "\x00 ")
    for match in _COMMAND.finditer(joined):
        if joined[: match.start()].rpartition("\n")[2].lstrip().startswith("#"):
            continue
        line = joined.count("\n", 0, match.start()) + joined.count("\x00", 0, match.start()) + 1
        words = split(match[1].replace("\x00", " "), comments=True)
        yield from of_words(program, path, words, f"{path}:{line}")


def of_words(program: Program, path: str, words: list[str], place: str) -> Iterator[Built]:
    """What the words after `docker build` build, as seen from the folder of `path`, else from the root."""
    tags, file, plain = [], "", ""
    before = ""
    for word in words:
        flag, sign, value = word.partition("=")
        if before in _TAGS or (flag in _TAGS and sign):
            tags.append(value if flag in _TAGS and sign else word)
        elif before in ("-f", "--file") or (flag == "--file" and sign):
            file = value if flag == "--file" and sign else word
        elif not word.startswith("-") and before not in _VALUED:
            plain = word
        before = word
    for folder in dict.fromkeys((posixpath.dirname(path), "")) if plain else ():
        context = posixpath.normpath(posixpath.join(folder, plain))
        context = "" if context == "." else context
        written = posixpath.join(folder, file) if file else posixpath.join(context, "Dockerfile")
        dockerfile = posixpath.normpath(written)
        if dockerfile in program.store:
            yield from (
                Built(bare(t), dockerfile, context, place) for t in tags if "$" not in bare(t).rpartition("/")[2]
            )
            return
