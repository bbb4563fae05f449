# Written by `codegen import`: what is deployed becomes the module's with the first apply.
# Remove the file afterwards.

import {
  to = module.pipeline.aws_scheduler_schedule.mail_launch
  id = "marketing/shop-mail-launch-dev"
}
