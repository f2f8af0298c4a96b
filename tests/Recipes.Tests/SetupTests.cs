using System.Runtime.Versioning;

namespace Recipes.Tests;

/// <summary>
/// What <c>./vlm</c> says where .NET or its packages are not as they should be: a copy of it, with a stand-in for dotnet
/// that prints what the real one was seen to print.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class SetupTests : IDisposable
{
    // Everything that the script calls besides bash and dotnet.
    private static readonly string[] Tools = ["awk", "bash", "cat", "dirname", "env", "find", "flock", "grep", "head",
        "mkdir", "mv", "readlink", "rm", "sed", "sort", "touch"];

    private readonly string _root = Directory.CreateTempSubdirectory("vlm-setup-").FullName;

    public SetupTests()
    {
        foreach (string folder in (string[])["bin", "recipes", "src", "datasets", Path.Combine("recipes", "Cli"), "tests"])
            Directory.CreateDirectory(At(folder));
        File.Copy(Repository.PathOf("vlm"), At("vlm"));
        File.Copy(Repository.PathOf("Directory.Build.props"), At("Directory.Build.props"));
        File.Copy(Repository.PathOf("recipes", "Directory.Build.props"), At("recipes", "Directory.Build.props"));
        File.WriteAllText(At("recipes", "one.cs"), "// One.\n");
        foreach (string tool in Tools)
            File.CreateSymbolicLink(At("bin", tool), Found(tool));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Without_dotnet_it_says_where_that_is() => AssertMistake(
        """
        error: the .NET 10 SDK is not installed
           at: ./vlm one
          try: https://dotnet.microsoft.com/download/dotnet/10.0, then put its folder on PATH

        """, Vlm());

    [Fact]
    public void A_dotnet_without_its_library_says_which()
    {
        Dotnet("echo 'Process terminated. Could not find a valid ICU package (libicu) installed.'; exit 134");

        AssertMistake(
            """
            error: dotnet does not run here: it misses the library ICU
               at: dotnet --version
              try: apt-get install libicu-dev

            """, Vlm());
    }

    [Fact]
    public void Without_network_it_says_so_after_what_it_wanted_to_fetch()
    {
        DotnetThatFails("one.cs : error NU1301: Unable to load the service index for source https://feed.invalid.");

        Outcome outcome = Vlm();
        Assert.Matches(
            @"\Avlm: building recipes/one\.cs\n"
            + @"vlm: the first build fetches the NuGet packages: about \d+ MB, which take [\d.]+ GB in .+\n", outcome.Errors);
        AssertMistake(
            """
            error: NuGet packages cannot be fetched: Unable to load the service index for source https://feed.invalid.
               at: dotnet restore
              try: connect to the network once, or name a feed that can be reached: dotnet nuget add source FOLDER_OR_ADDRESS

            """, AfterTwoLines(outcome));
    }

    // A folder of root's, a file system mounted read-only, a path below a file, a full disk: as NuGet tells them.
    [Theory]
    [InlineData("Access to the path '/packages/torchsharp/0.107.0' is denied.")]
    [InlineData("Read-only file system : '/packages/torchsharp'")]
    [InlineData("Could not find a part of the path '/dev/null/torchsharp/0.107.0'.")]
    [InlineData("No space left on device : '/packages/libtorch-cpu-linux-x64/2.10.0/x'")]
    public void Packages_that_cannot_be_written_say_so(string said)
    {
        DotnetThatFails($"/sdk/NuGet.targets(198,5): error : {said}");

        AssertMistake(
            $"""
            error: a file of the build cannot be written: {said}
               at: {At("packages")} and {At("artifacts")}
              try: make room and leave to write there, or name another folder for packages: NUGET_PACKAGES=FOLDER ./vlm setup

            """, AfterTwoLines(Vlm()));
    }

    [Fact]
    public void A_dotnet_without_a_home_says_so()
    {
        DotnetThatFails("The user's home directory is unknown. Set 'DOTNET_CLI_HOME'");

        AssertMistake(
            $"""
            error: dotnet has no home folder, where it would keep its settings
               at: HOME={Environment.GetEnvironmentVariable("HOME")}
              try: DOTNET_CLI_HOME=FOLDER ./vlm setup

            """, AfterTwoLines(Vlm()));
    }

    // Whatever else is wrong is told in the compiler's words.
    [Fact]
    public void A_build_that_fails_shows_each_error_once_and_is_a_failure_of_ours()
    {
        DotnetThatFails("x.cs(1,1): error CS1002: ; expected", "x.cs(1,1): error CS1002: ; expected");

        Outcome outcome = Vlm();
        Assert.EndsWith(
            $"\nx.cs(1,1): error CS1002: ; expected\nvlm: the build failed; the whole log is {At("artifacts", "build.log")}\n",
            outcome.Errors, StringComparison.Ordinal);
        Assert.Single(outcome.Errors.Split('\n'), line => line.StartsWith("x.cs", StringComparison.Ordinal));
        Assert.Equal(1, outcome.ExitCode);
    }

    // A file where the folder should be: nobody can write below it, root neither.
    [Fact]
    public void A_repository_that_cannot_be_written_is_told_before_anything_is_built()
    {
        Dotnet("echo 10.0.100");
        File.WriteAllText(At("artifacts"), "");

        AssertMistake(
            $"""
            error: the folder for what is built cannot be written
               at: {At("artifacts")}
              try: clone the repository into a folder of your own: git clone {_root} FOLDER

            """, Vlm());
    }

    private static void AssertMistake(string expected, Outcome outcome)
    {
        Assert.Equal(expected, outcome.Errors);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
    }

    private Outcome Vlm() => RecipeProcess.RunCommand(
        _root, new Dictionary<string, string> { ["PATH"] = At("bin"), ["NUGET_PACKAGES"] = At("packages") },
        At("vlm"), "one");

    // What it builds, and what it fetches, is said before.
    private static Outcome AfterTwoLines(Outcome outcome) =>
        outcome with { Errors = string.Join('\n', outcome.Errors.Split('\n')[2..]) };

    // Its version is right; then it prints these lines, and whatever it was to do has failed.
    private void DotnetThatFails(params string[] lines) => Dotnet($"""
        case $1 in
          --version) echo 10.0.100 ;;
          *) {string.Concat(lines.Select(line => $"echo \"{line}\"; "))}exit 1 ;;
        esac
        """);

    private void Dotnet(string script)
    {
        File.WriteAllText(At("bin", "dotnet"), "#!/usr/bin/env bash\n" + script + "\n");
        File.SetUnixFileMode(At("bin", "dotnet"), (UnixFileMode)0b111_101_101);
    }

    private string At(params string[] parts) => Path.Combine([_root, .. parts]);

    private static string Found(string tool) => Environment.GetEnvironmentVariable("PATH")!.Split(':')
        .Select(folder => Path.Combine(folder, tool)).First(File.Exists);
}
