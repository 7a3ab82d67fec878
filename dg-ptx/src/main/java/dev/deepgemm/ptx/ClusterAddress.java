package dev.deepgemm.ptx;

/**
 * An address in shared memory of some CTA of the cluster, as {@link Code#inCluster} answers it. Not
 * one of the executing CTA: instructions on barriers that wait take those alone.
 */
public final class ClusterAddress extends Reg {
  ClusterAddress(String name) {
    super(name);
  }
}
