# Written by `codegen import`: what is deployed becomes the module's with the first apply.
# Remove the file afterwards.

import {
  to = module.pipeline.aws_cloudwatch_event_bus.pipeline
  id = "orders-dev"
}

import {
  to = module.pipeline.aws_cloudwatch_event_rule.pack_2_pack_event
  id = "orders-dev/shop-pack-event-dev"
}

import {
  to = module.pipeline.aws_cloudwatch_event_target.pack_2_pack_event
  id = "orders-dev/shop-pack-event-dev/pack"
}

import {
  to = module.pipeline.aws_cloudwatch_event_rule.pack_2_pack_checkout
  id = "orders-dev/shop-pack-checkout-dev"
}

import {
  to = module.pipeline.aws_cloudwatch_event_target.pack_2_pack_checkout
  id = "orders-dev/shop-pack-checkout-dev/pack"
}

import {
  to = module.pipeline.aws_cloudwatch_event_rule.pack_2_pack_uploads
  id = "orders-dev/shop-pack-uploads-dev"
}

import {
  to = module.pipeline.aws_cloudwatch_event_target.pack_2_pack_uploads
  id = "orders-dev/shop-pack-uploads-dev/pack"
}
