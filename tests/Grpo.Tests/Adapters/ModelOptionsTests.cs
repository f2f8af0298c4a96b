namespace Vlm.Grpo.Tests.Adapters;

public class ModelOptionsTests
{
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
        "Freeze must leave something to train, in a part or in its adapter, got vision,text,connector", "Freeze = vision,text,connector")]
    [InlineData("ears", null, false, 0, "5GB",
        "\"ears\" is no part of a model; the parts are vision, connector, text", "Freeze = ears")]
    [InlineData("", null, true, 0, "5GB", "MergeAdapter must be false without an Adapter to merge, got true", "MergeAdapter = true")]
    [InlineData("", "a", false, 4, "5GB", "LoraRank must be 0 with an Adapter to train, unless MergeAdapter, got 4",
        "LoraRank = 4")]
    [InlineData("", null, false, 0, "5 apples",
        "\"5 apples\" is no size: write a number and B, KB, MB, GB or TB (KiB, MiB ... for powers of 1024)",
        "MaxShardSize = 5 apples")]
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

        var error = Assert.ThrowsAny<UsageException>(() => OptionsCheck.Validate(options));
        Assert.Equal((problem, where), (error.Message, error.Where));
    }

    [Fact]
    public void An_expression_that_is_none_is_refused_before_anything_is_loaded() => Assert.StartsWith(
        "\"(q_proj\" is no regular expression: ", Assert.ThrowsAny<UsageException>(

                () => OptionsCheck.Validate(new ModelOptions { LoraRank = 1, LoraTargets = ["(q_proj"] })).Message, StringComparison.Ordinal);
}
