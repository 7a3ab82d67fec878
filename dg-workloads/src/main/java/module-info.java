/** Published models, checkpoints and token traces: the products that inference multiplies. */
module dev.deepgemm.workloads {
  requires transitive dev.deepgemm.api;
  requires transitive dev.deepgemm.heuristics;
  requires transitive dev.deepgemm.reference;
  requires transitive com.fasterxml.jackson.databind;
  requires static org.jspecify;

  exports dev.deepgemm.workloads;
  exports dev.deepgemm.workloads.files;
  exports dev.deepgemm.workloads.safetensors;
}
