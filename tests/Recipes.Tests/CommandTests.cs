namespace Recipes.Tests;

/// <summary><c>./vlm</c> itself: mistakes are compared with tests/golden/vlm byte for byte.</summary>
public class CommandTests
{
    [Theory]
    [InlineData("unknown-verb", "setpu")]
    [InlineData("unknown-recipe-far-from-all", "zzzzzzzzzzzz")]
    [InlineData("setup-with-an-option", "setup", "--fast")]
    [InlineData("unknown-test-project", "test", "Gropo")]
    [InlineData("pack-without-a-version", "pack", "beta")]
    public void A_mistake_is_three_lines_and_exit_code_2(string golden, params string[] arguments)
    {
        Outcome outcome = Repository.Vlm(arguments);

        Assert.Equal(Repository.Read($"tests/golden/vlm/{golden}.txt"), outcome.Errors);
        Assert.Equal("", outcome.Output);
        Assert.Equal(2, outcome.ExitCode);
    }

    [Fact]
    public void Alone_it_lists_every_verb_and_recipe_with_a_line_about_it()
    {
        Outcome outcome = Repository.Vlm();

        Assert.Equal(0, outcome.ExitCode);
        Assert.All(["setup", "test", "pack", "help", .. Repository.Recipes],
            name => Assert.Matches($@"(?m)^  {name} +\S.{{8,}}$", outcome.Output));
    }

    [Fact]
    public void Every_golden_file_is_used() =>
        Assert.Equal(5, Repository.Files("tests/golden/vlm").Length);
}
