# Written by `codegen import`: what is deployed becomes the module's with the first apply.
# Remove the file afterwards.

import {
  to = module.pipeline.aws_cloudwatch_event_rule.mail_nightly
  id = "shop-mail-nightly-dev"
}

import {
  to = module.pipeline.aws_cloudwatch_event_target.mail_nightly
  id = "shop-mail-nightly-dev/mail"
}
