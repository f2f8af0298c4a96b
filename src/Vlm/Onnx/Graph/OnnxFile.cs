using System.Globalization;
using Google.Protobuf;
using Vlm.Onnx.Graph.Proto;

namespace Vlm.Onnx.Graph;

/// <summary>A model on disk.</summary>
/// <param name="Path">The graph.</param>
/// <param name="Data">Files with weights beside it: none, or <c>NAME.onnx_data</c>, <c>NAME.onnx_data_1</c> ...</param>
public sealed record OnnxFiles(string Path, IReadOnlyList<string> Data);

/// <summary>Writes a graph as a file, weights streamed: no message holds them, so they are in memory once.</summary>
internal static class OnnxFile
{
    /// <summary>Protobuf's limit for one message, less room for what is not weights.</summary>
    public const long LargestFile = int.MaxValue - (64L << 20);

    /// <summary>Browsers read a file into one buffer of at most 2 GiB.</summary>
    public const long LargestData = 2_000_000_000;

    /// <summary>
    /// Smaller tensors stay in the graph: shapes and axes, which runtimes look at while they load it.
    /// </summary>
    public const long SmallestOutside = 1024;

    private const long Alignment = 4096;

    // Protobuf writes a field as (number * 8 + kind), here kind 2: a length, then so many bytes.
    private const byte GraphTag = (7 << 3) | 2, InitializerTag = (5 << 3) | 2, RawDataTag = (9 << 3) | 2;

    public static OnnxFiles Write(string path, OnnxGraph graph, bool? external, long largestData = LargestData)
    {
        bool outside = external ?? graph.Initializers.Sum(item => item.Bytes) > LargestFile;
        Place[] places = outside ? Arrange(path, graph.Initializers, largestData)
            : [.. graph.Initializers.Select(item => new Place(item, null, 0))];
        string[] data = [.. places.Select(place => place.File).OfType<string>().Distinct()];
        CompleteFile.WriteAll([
            .. data.Select(name => (name, (Action<FileStream>)(file => WriteData(file, places.Where(place => place.File == name))))),
            (path, file => WriteModel(file, graph, places)),
        ]);
        return new OnnxFiles(path, data);
    }

    // Where each tensor goes: a data file and the offset in it, or the graph.
    private static Place[] Arrange(string path, IReadOnlyList<OnnxInitializer> items, long largest)
    {
        (int number, long end) = (0, 0);
        var places = new List<Place>();
        foreach (OnnxInitializer item in items)
        {
            long at = (end + Alignment - 1) / Alignment * Alignment;
            if (item.Bytes < SmallestOutside)
            {
                places.Add(new Place(item, null, 0));
                continue;
            }

            if (at > 0 && at + item.Bytes > largest)
                (number, at) = (number + 1, 0);
            places.Add(new Place(item, path + "_data" + (number == 0 ? "" : $"_{number}"), at));
            end = at + item.Bytes;
        }

        return [.. places];
    }

    private static void WriteData(FileStream file, IEnumerable<Place> places)
    {
        foreach (Place place in places)
        {
            file.Write(new byte[place.Offset - file.Position]);
            WriteTensor(file, place.Item);
        }
    }

    // The message by hand around the parts that the library writes: what a tensor holds is longer than it may be.
    private static void WriteModel(FileStream file, OnnxGraph graph, Place[] places)
    {
        GraphProto body = graph.Body();
        (Place Place, TensorProto Proto)[] tensors = [.. places.Select(place => (place, Describe(place)))];
        long length = body.CalculateSize();
        foreach ((Place place, TensorProto proto) in tensors)
            length += 1 + VarintSize(TensorSize(place, proto)) + TensorSize(place, proto);

        graph.Header().WriteTo(file);
        Begin(file, GraphTag, length);
        body.WriteTo(file);
        foreach ((Place place, TensorProto proto) in tensors)
        {
            Begin(file, InitializerTag, TensorSize(place, proto));
            proto.WriteTo(file);
            if (place.File is not null)
                continue;
            Begin(file, RawDataTag, place.Item.Bytes);
            WriteTensor(file, place.Item);
        }
    }

    private static TensorProto Describe(Place place)
    {
        var proto = new TensorProto
        {
            Dims = { place.Item.Dims },
            DataType = (int)place.Item.Value.Type,
            Name = place.Item.Value.Name.Text,
        };
        if (place.File is null)
            return proto;

        proto.DataLocation = 1;
        proto.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = Path.GetFileName(place.File) });
        proto.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = Decimal(place.Offset) });
        proto.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = Decimal(place.Item.Bytes) });
        return proto;
    }

    private static string Decimal(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long TensorSize(Place place, TensorProto proto) => proto.CalculateSize()
        + (place.File is null ? 1 + VarintSize(place.Item.Bytes) + place.Item.Bytes : 0);

    private static void WriteTensor(FileStream file, OnnxInitializer item)
    {
        long start = file.Position;
        item.Write(file);
        if (file.Position - start != item.Bytes)
            throw new InvalidOperationException(
                $"'{item.Value.Name.Text}' wrote {file.Position - start} bytes, not {item.Bytes}");
    }

    private static void Begin(FileStream file, byte tag, long length)
    {
        file.WriteByte(tag);
        for (; length >= 0x80; length >>= 7)
            file.WriteByte((byte)(length | 0x80));
        file.WriteByte((byte)length);
    }

    private static int VarintSize(long value)
    {
        int size = 1;
        for (; value >= 0x80; value >>= 7)
            size++;
        return size;
    }

    private sealed record Place(OnnxInitializer Item, string? File, long Offset);
}
