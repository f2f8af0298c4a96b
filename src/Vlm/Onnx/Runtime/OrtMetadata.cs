namespace Vlm.Onnx.Runtime;

/// <summary>Reads what a graph takes and gives, and what a tensor is.</summary>
internal static unsafe class OrtMetadata
{
    public static OnnxValueInfo[] Inputs(OrtApi api, nint session)
    {
        nuint count = 0;
        api.Check(api.SessionGetInputCount(session, &count));
        var found = new OnnxValueInfo[count];
        for (nuint i = 0; i < count; i++)
        {
            byte* name = null;
            nint type = 0;
            api.Check(api.SessionGetInputName(session, i, api.Environment.Allocator, &name));
            api.Check(api.SessionGetInputTypeInfo(session, i, &type));
            found[i] = Info(api, name, type);
        }

        return found;
    }

    public static OnnxValueInfo[] Outputs(OrtApi api, nint session)
    {
        nuint count = 0;
        api.Check(api.SessionGetOutputCount(session, &count));
        var found = new OnnxValueInfo[count];
        for (nuint i = 0; i < count; i++)
        {
            byte* name = null;
            nint type = 0;
            api.Check(api.SessionGetOutputName(session, i, api.Environment.Allocator, &name));
            api.Check(api.SessionGetOutputTypeInfo(session, i, &type));
            found[i] = Info(api, name, type);
        }

        return found;
    }

    /// <summary>The element type of an OrtTensorTypeAndShapeInfo.</summary>
    public static OnnxElement Element(OrtApi api, nint tensor)
    {
        int element = 0;
        api.Check(api.GetTensorElementType(tensor, &element));
        return OnnxElements.Of(element);
    }

    /// <summary>The sizes of an OrtTensorTypeAndShapeInfo; -1 where free.</summary>
    public static long[] Sizes(OrtApi api, nint tensor)
    {
        nuint count = 0;
        api.Check(api.GetDimensionsCount(tensor, &count));
        var sizes = new long[count];
        fixed (long* at = sizes)
            api.Check(api.GetDimensions(tensor, at, count));
        return sizes;
    }

    // Takes the name and the type: both are freed here.
    private static OnnxValueInfo Info(OrtApi api, byte* name, nint type)
    {
        using var handle = new OrtHandle(type, api.ReleaseTypeInfo);
        string text = OrtApi.Text(name);
        api.Check(api.AllocatorFree(api.Environment.Allocator, name));
        nint tensor = 0;
        api.Check(api.CastTypeInfoToTensorInfo(type, &tensor));
        return tensor == 0
            ? new OnnxValueInfo(text, OnnxElement.Unknown, [])
            : new OnnxValueInfo(text, Element(api, tensor), Axes(api, tensor));
    }

    private static OnnxAxis[] Axes(OrtApi api, nint tensor)
    {
        long[] sizes = Sizes(api, tensor);
        byte** names = stackalloc byte*[sizes.Length];
        api.Check(api.GetSymbolicDimensions(tensor, names, (nuint)sizes.Length));
        var axes = new OnnxAxis[sizes.Length];
        for (int i = 0; i < axes.Length; i++)
            axes[i] = new OnnxAxis(sizes[i] < 0 ? null : sizes[i], OrtApi.Text(names[i]));
        return axes;
    }
}
