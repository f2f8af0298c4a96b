namespace Vlm.Testing;

/// <summary>The files of tests/golden/cli, compared byte for byte with what the command line prints.</summary>
internal static class Golden
{
    /// <summary>Compares; with VLM_GOLDEN=write in the environment, writes the file instead and fails.</summary>
    public static void Equal(string name, string actual)
    {
        string path = Path.Combine(Root(), "tests", "golden", "cli", name);
        if (Environment.GetEnvironmentVariable("VLM_GOLDEN") == "write")
        {
            File.WriteAllText(path, actual);
            Assert.Fail($"{name} was written; read it, then run without VLM_GOLDEN");
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Root()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at!.FullName, "Vlm.sln")))
            at = at.Parent;
        return at.FullName;
    }
}
