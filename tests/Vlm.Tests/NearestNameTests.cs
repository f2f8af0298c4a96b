namespace Vlm.Tests;

/// <summary>Worked by hand: insertions, deletions, substitutions and swaps of neighbours count one each.</summary>
public class NearestNameTests
{
    [Theory]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "ab", 1)]
    [InlineData("abc", "abcd", 1)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "xyz", 3)]
    [InlineData("", "abc", 3)]
    public void The_distance_counts_edits(string a, string b, int edits) => Assert.Equal(edits, NearestName.Distance(a, b));

    [Fact]
    public void What_is_far_from_all_is_near_to_none()
    {
        Assert.Equal("steps", NearestName.Of("stesp", ["seed", "steps"]));
        Assert.Null(NearestName.Of("temperature", ["seed", "steps"]));
    }

    [Fact]
    public void The_nearest_come_first_and_equals_by_name() =>
        Assert.Equal(["a.1.w", "a.2.w"], NearestName.Ranked("a.3.w", ["b.33.v", "a.2.w", "a.1.w"], 2));
}
