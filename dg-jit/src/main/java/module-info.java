/**
 * Assembles, caches, loads and launches kernels.
 *
 * <p>JCuda, JNA and Guice are automatic modules. JCuda's name is taken from its jar's file name, so who puts this
 * module on a module path keeps that name as Maven has it ({@code jcuda-<version>.jar}). JCuda's types and
 * Guice's are in this module's own API, hence transitive. JCuda finds its natives, a jar of resources, on the
 * class path.
 */
@SuppressWarnings("requires-transitive-automatic")
module dev.deepgemm.jit {
  requires com.sun.jna;
  // What Guice is built on: an automatic module cannot ask for a module with a descriptor.
  requires com.google.common;
  requires jakarta.inject;
  requires transitive com.google.guice;
  requires transitive dev.deepgemm.api;
  requires transitive dev.deepgemm.heuristics;
  requires transitive jcuda;
  requires static org.jspecify;

  exports dev.deepgemm.jit;
  exports dev.deepgemm.jit.call;
  exports dev.deepgemm.jit.kernel;

  // Guice calls the provider methods of DeepGemmModule, which are not public.
  opens dev.deepgemm.jit to
      com.google.guice;
}
