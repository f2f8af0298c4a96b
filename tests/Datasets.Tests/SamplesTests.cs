using Vlm.Testing;

namespace Vlm.Datasets.Tests;

public class SamplesTests
{
    private static readonly ShapesOptions Everything = new() { Kinds = ShapesOptions.All };

    [Fact]
    public void The_shapes_samples_are_what_the_generator_makes()
    {
        Check("shapes-train.parquet", [.. Range(22).Select(i => Shapes.Example(1, Split.Train, i, Everything))]);
        Check("shapes-test.parquet", [.. Range(22).Select(i => Shapes.Example(1, Split.Test, i, Everything))]);
    }

    [SharedFact]
    public void The_nlvr_sample_is_every_601st_row()
    {
        string hidden = SharedFiles.PathOf("data", "nlvr", "nlvr-hidden.parquet");
        static IEnumerable<Example> Some(IEnumerable<Example> all) => all.Where((_, i) => i % 601 == 0).Take(10);

        Check("nlvr.parquet", [.. Some(Nlvr.Read(hidden)), .. Some(Nlvr.Ground(hidden))]);
    }

    private static IEnumerable<int> Range(int count) => Enumerable.Range(0, count);

    private static void Check(string name, Example[] expected)
    {
        string file = Path.Combine(Root(), "datasets", "samples", name);
        if (Environment.GetEnvironmentVariable("VLM_WRITE_SAMPLES") is not null)
            ParquetExamples.Write(file, expected);

        Example[] read = [.. ParquetExamples.Read(file)];
        Assert.InRange(read.Length, 20, 22);
        Assert.Equal(expected.Length, read.Length);
        foreach ((Example one, Example other) in expected.Zip(read))
            ParquetExamplesTests.Same(one, other);
    }

    internal static string Root()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Vlm.sln")))
            at = at.Parent!;
        return at.FullName;
    }
}
