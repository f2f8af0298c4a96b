using System.Text.RegularExpressions;

namespace Recipes.Tests;

/// <summary>Rules about the files themselves.</summary>
public partial class RepositoryTests
{
    private static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".targets", ".md", ".json", ".txt", ".sln", ".editorconfig"];

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
    public void Continuous_integration_calls_the_tests() =>
        Assert.Matches("""vlm"? test\s*$""", Repository.Read(".ci/run"));

    [GeneratedRegex(@"(?<![\w.])(/(home|root|work|Users)/\w|[A-Z]:\\\\?Users)")]
    private static partial Regex MachinePath();
}
