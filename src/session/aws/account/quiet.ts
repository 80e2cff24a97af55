// The AWS SDK's versions are pinned: what a later one will ask of Node does not belong under a cell.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
