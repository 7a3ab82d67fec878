package dev.deepgemm.workloads;

import dev.deepgemm.api.DataType;

/**
 * A weight matrix of a model as its checkpoint stores it: B of a matrix product.
 *
 * @param module what holds it, such as {@code model.layers.3.self_attn}; weights of one module share their
 *     input and may be multiplied at once
 * @param leaf its name in the module, such as {@code q_proj}
 * @param n rows: outputs
 * @param k columns: inputs
 * @param type FP8_E4M3 or BF16
 * @param experts how many of its kind a layer has, of which a token meets some; 0 if every token meets it
 */
public record Weight(String module, String leaf, int n, int k, DataType type, int experts) {}
