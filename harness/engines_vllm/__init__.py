"""The parts of the engine `harness.engines.vllm`: its options, slots, order, start, and workers."""
