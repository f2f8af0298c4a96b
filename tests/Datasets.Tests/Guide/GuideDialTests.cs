namespace Vlm.Datasets.Tests;

public class GuideDialTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(17)]
    public void Only_three_settings_are_options(int dial)
    {
        string[] lines = Assert.Throws<OptionException>(() => OptionsCheck.Validate(new DatasetOptions { Dial = dial })).Render().Split('\n');

        Assert.Equal([$"error: Dial must be 1, 4 or 16, got {dial}", $"   at: Dial = {dial}", "  try: Dial = 16"], lines);
    }

    [Fact]
    public void Files_have_no_dial()
    {
        var dialled = new DatasetOptions { Dial = 4 };

        foreach (Action open in (Action[])[() => Dataset.Open("rows.jsonl", dialled), () => PreferenceData.Open(["pairs.jsonl"], dialled)])
            Assert.Equal(["error: a dial without its data: only guide, which is generated, has one", "   at: Dial = 4", "  try: leave out Dial"],
                Assert.Throws<OptionException>(open).Render().Split('\n'));
        Assert.Equal(4, OptionsCheck.Validate(dialled).Dial);
    }

    [Fact]
    public void Guide_alone_is_generated_with_a_dial()
    {
        Assert.Equal(["guide"], GeneratedData.Table.Where(data => data.Dialled is not null).Select(data => data.Name));
        Assert.Contains(GeneratedData.Tours.Dialled!(16).Test(20, []).SelectMany(example => example.Answer.Split(' ', '.')),
            word => word.EndsWith("zu", StringComparison.Ordinal));
    }
}
