using System.Reflection;

namespace Recipes.Tests;

/// <summary>What packages offer: tests/PublicApi lists it, so that a change of it is seen, and meant.</summary>
public class PublicApiTests
{
    private const string Renew = "VLM_PUBLIC_API";

    [Theory]
    [InlineData("Vlm")]
    [InlineData("Vlm.Data")]
    [InlineData("Vlm.Rewards")]
    [InlineData("Vlm.Rewards.Learned")]
    [InlineData("Vlm.Grpo")]
    [InlineData("Vlm.Datasets")]
    public void The_public_surface_is_the_one_that_is_listed(string package)
    {
        string file = Repository.PathOf("tests", "PublicApi", package + ".txt");
        string[] now = PublicApi.Lines(Assembly.Load(package));
        Assert.True(now.Length > 10, $"only {now.Length} lines");
        if (Environment.GetEnvironmentVariable(Renew) == "write")
            File.WriteAllLines(file, now);

        string[] listed = File.Exists(file) ? File.ReadAllLines(file) : [];
        Assert.True(now.SequenceEqual(listed), $"""
            the public surface of {package} is not the one that tests/PublicApi/{package}.txt lists; where the change is meant,
            {Renew}=write ./vlm test Recipes writes the list anew
            {string.Join('\n', listed.Except(now).Select(line => "- " + line).Concat(now.Except(listed).Select(line => "+ " + line)))}
            """);
    }

    [Fact]
    public void A_line_says_name_parameters_defaults_and_nulls() => Assert.Superset(
        new HashSet<string>
        {
            "Vlm.Precision: enum",
            "Vlm.Precision.BFloat16 = 1",
            "Vlm.Sampling.MaxNewTokens { get; init; } -> int",
            "Vlm.VisionLanguageModel: sealed class (System.IDisposable)",
            "Vlm.VisionLanguageModel.Ask(string question, params System.Collections.Generic.IReadOnlyList<Vlm.ImageSource> images) -> string",
            "Vlm.VisionLanguageModel.static Load(string folder, Vlm.LoadOptions? options = default, "
                + "Microsoft.Extensions.Logging.ILogger? logger = default) -> Vlm.VisionLanguageModel",
        },
        PublicApi.Lines(typeof(Vlm.VisionLanguageModel).Assembly).ToHashSet());
}
