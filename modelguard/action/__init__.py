"""What runs in CI: GitHub's action (action.yml, post/action.yml) and GitLab's note. `python -m modelguard.action STEP`."""
