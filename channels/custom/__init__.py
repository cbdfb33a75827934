"""The custom channel: any network, by signed HTTP in both directions (`docs/custom-channel.md`)."""
