using Recipes.Cli;
using Vlm;
using Vlm.Datasets;

namespace Cli.Tests;

public class DataNameTests
{
    [Theory]
    [InlineData(null, 1)]
    [InlineData(4, 4)]
    [InlineData(16, 16)]
    public void A_dial_sets_how_many_words_mean_the_same(int? dial, int words)
    {
        DataName[] names = DataName.Parse(["shapes", "guide:2"], dial);

        Example[] examples = [.. Enumerable.Range(0, 50).Select(i => names[1].Generated!.Make(1, Split.Train, i, GuideRoles.Reinforced))];
        Assert.Equal(Enumerable.Range(0, 50).Select(i => Guide.Example(1, Split.Train, i, GuideRoles.Reinforced, words).Answer),
            examples.Select(example => example.Answer));
        Assert.Equal(("shapes", 1.0, 2.0), (names[0].Generated!.Name, names[0].Weight, names[1].Weight));
    }

    [Theory]
    [InlineData("shapes")]
    [InlineData("train.parquet", "nlvr-like")]
    public void A_dial_without_its_data_is_refused_in_three_lines(params string[] data)
    {
        string[] lines = Assert.Throws<UsageException>(() => DataName.Parse(data, 4)).Render().Split('\n');

        Assert.Equal(["error: a dial without its data: only guide, which is generated, has one",
            $"   at: --data {string.Join(' ', data)} --dial 4", "  try: --data guide, or leave out --dial"], lines);
        Assert.Equal(data.Length, DataName.Parse(data, null).Length);
    }

    [Fact]
    public void Generated_pairs_have_no_dial_either() => Assert.StartsWith("a dial without its data",
        Assert.Throws<UsageException>(() => FilesOnly.RefuseFor(new DatasetOptions { Dial = 4 }, ["shapes"])).Message);
}
