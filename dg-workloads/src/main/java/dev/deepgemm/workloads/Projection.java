package dev.deepgemm.workloads;

import dev.deepgemm.api.DataType;

/**
 * A matrix product of a model's layer on one device: the columns and depth that stay fixed while m, the
 * number of tokens, varies.
 *
 * @param name for people: module without numbers, and the weight or weights
 * @param n columns of D
 * @param k inner extent
 * @param type type of A and B
 * @param experts experts of a layer, or 0; products of experts come grouped or one by one
 */
public record Projection(String name, int n, int k, DataType type, int experts) {
  @Override
  public String toString() {
    return name + " " + n + "x" + k;
  }
}
