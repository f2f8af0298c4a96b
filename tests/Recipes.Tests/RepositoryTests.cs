using System.Text.RegularExpressions;

namespace Recipes.Tests;

/// <summary>Rules about the files themselves.</summary>
public partial class RepositoryTests
{
    private const int MostLines = 300;

    private static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".targets", ".md", ".json", ".txt", ".sln", ".editorconfig"];

    [Fact]
    public void No_source_file_is_too_long_to_read()
    {
        string[] sources = [.. Repository.Files(extension: ".cs"), "vlm"];
        Assert.True(sources.Length > 70, $"only {sources.Length} source files found");

        Assert.DoesNotContain(sources, path => File.ReadLines(Repository.PathOf(path)).Count() > MostLines);
    }

    // A path into one person's machine works nowhere else. The pattern is built so that this file does not match it.
    [Fact]
    public void No_file_names_a_folder_of_one_machine()
    {
        string[] texts = [.. Repository.Files().Where(path => TextEndings.Contains(Path.GetExtension(path)))];
        Assert.True(texts.Length > 100, $"only {texts.Length} text files found");

        Assert.DoesNotContain(texts, path => MachinePath().IsMatch(Repository.Read(path)));
    }

    [Fact]
    public void The_lock_file_holds_no_download_addresses() =>
        Assert.DoesNotContain("\"resolved\"", Repository.Read("package-lock.json"), StringComparison.Ordinal);

    [Fact]
    public void The_licence_is_MIT() =>
        Assert.StartsWith("MIT License", Repository.Read("LICENSE"), StringComparison.Ordinal);

    [Fact]
    public void Continuous_integration_calls_the_tests_and_nothing_else() =>
        Assert.Equal(
            "#!/usr/bin/env bash\nexec \"$(dirname \"${BASH_SOURCE[0]}\")/../vlm\" test\n",
            Repository.Read(".ci/run"));

    [GeneratedRegex(@"(?<![\w.])(/(home|root|work|Users)/\w|[A-Z]:\\\\?Users)")]
    private static partial Regex MachinePath();
}
