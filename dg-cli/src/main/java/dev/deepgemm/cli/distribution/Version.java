package dev.deepgemm.cli.distribution;

import picocli.CommandLine.IVersionProvider;

/** The version of the command, from the manifest of its jar. */
public final class Version implements IVersionProvider {
  public static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "dg " + text(),
      "Java "
          + Runtime.version()
          + ", "
          + System.getProperty("os.name")
          + " "
          + System.getProperty("os.arch")
    };
  }
}
