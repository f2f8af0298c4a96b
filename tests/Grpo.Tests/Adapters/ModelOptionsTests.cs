using TorchSharp;
using Vlm.Lora;

namespace Vlm.Grpo.Tests.Adapters;

public class ModelOptionsTests
{
    [Fact]
    public void A_record_within_the_options_brings_its_own()
    {
        OptionSpec[] specs = OptionSpec.Of(new Recipe());
        Recipe options = BoundOptions.Fill(new Recipe(), BoundOptions.Bind(specs, smoke: false, new(new()
        {
            ["--dtype"] = ["bfloat16"],
            ["--freeze"] = ["vision,connector"],
            ["--lora-rank"] = ["4"],
            ["--lora-targets"] = ["q_proj", "v_proj"],
            ["--max-shard-size"] = ["500MB"],
            ["--steps"] = ["3"],
        })));

        Assert.Equal("--before", specs[0].Name);
        Assert.Equal("--dtype", specs[1].Name);
        Assert.Equal(1, specs.Count(spec => spec.Name == "--steps"));
        Assert.Equal(3, options.Steps);
        Assert.Equal(torch.ScalarType.BFloat16, options.Weights.ScalarType);
        Assert.Equal([ModelPart.Vision, ModelPart.Connector], options.Weights.Frozen);
        Assert.Equal(500_000_000, options.Weights.MaxShardBytes);
        LoraConfig config = options.Weights.Lora("models/a");
        Assert.Equal((4, 16.0, "models/a"), (config.Rank, config.Alpha, config.BaseModel));
        Assert.Equal(["q_proj", "v_proj"], Assert.IsType<ModulePattern.Names>(config.Targets).Endings);
        Assert.Equal(0, new Recipe().Weights.LoraRank);
    }

    [Theory]
    [InlineData("all-linear", "a.fc1", true)]
    [InlineData("q_proj,fc1", "a.fc1", true)]
    [InlineData("fc1", "a.fc1", true)]
    [InlineData("fc", "a.fc1", false)]
    [InlineData(@"a\.fc\d", "a.fc1", true)]
    [InlineData(@"fc\d", "a.fc1", false)]
    public void Targets_are_endings_or_one_expression(string typed, string module, bool meant) =>
        Assert.Equal(meant, new ModelOptions { LoraTargets = [typed] }.Lora("").Has(module));

    [Theory]
    [InlineData("vision,text,connector", null, false, 0, "5GB",
        "nothing is left to train: every part, or every part with an adapter, is frozen", "--freeze vision,text,connector")]
    [InlineData("ears", null, false, 0, "5GB",
        "\"ears\" is no part of a model; the parts are vision, connector, text", "--freeze ears")]
    [InlineData("", null, true, 0, "5GB", "there is no adapter to merge", "--merge-adapter")]
    [InlineData("", "a", false, 4, "5GB", "a layer has one adapter: either the given one is trained, or a new one",
        "--adapter a --lora-rank 4")]
    [InlineData("", null, false, 0, "5 apples",
        "\"5 apples\" is no size: write a number and B, KB, MB, GB or TB (KiB, MiB ... for powers of 1024)",
        "--max-shard-size 5 apples")]
    public void What_cannot_work_is_refused_before_anything_is_loaded(
        string freeze, string? adapter, bool merge, int rank, string size, string problem, string where)
    {
        var options = new ModelOptions
        {
            Freeze = [freeze],
            Adapter = adapter,
            MergeAdapter = merge,
            LoraRank = rank,
            MaxShardSize = size,
        };

        var error = Assert.Throws<UsageException>(options.Validate);
        Assert.Equal((problem, where), (error.Message, error.Where));
    }

    [Fact]
    public void An_expression_that_is_none_is_refused_before_anything_is_loaded() => Assert.StartsWith(
        "\"(q_proj\" is no regular expression: ", Assert.Throws<UsageException>(
            new ModelOptions { LoraRank = 1, LoraTargets = ["(q_proj"] }.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_within_are_checked_with_the_others() => Assert.Contains(
        "is no part of a model", Assert.Throws<UsageException>(() => Plan<Recipe>.Read(
            ["--freeze", "ears", "--out", "nowhere"], "test",
            [.. OptionSpec.Of(new Recipe()), .. OptionSpec.Of(new RunOptions())], replace: false)).Message, StringComparison.Ordinal);

    private sealed record Recipe : GrpoOptions
    {
        [Option("stands before")]
        public int Before { get; init; }

        public ModelOptions Weights { get; init; } = new();
    }
}
